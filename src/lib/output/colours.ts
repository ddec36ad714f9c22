import type {ChalkInstance} from 'chalk'

/** chalk for a stream: it colours on a terminal only, and never when NO_COLOR is set. */
export async function colours(
  terminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ChalkInstance> {
  const {Chalk} = await import('chalk')
  return new Chalk({level: terminal && !env.NO_COLOR ? 1 : 0})
}
