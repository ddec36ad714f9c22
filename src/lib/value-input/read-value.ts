import {SecretValue} from '../../formats/secret-value.ts'
import type {World} from '../command/world.ts'
import {check} from './check.ts'
import type {Source} from './choose.ts'
import {read} from './read.ts'
import {type Newline, trim} from './trim.ts'

/** A value as it will be written, and the newline that it lost. */
export interface ReadValue {
  value: SecretValue
  dropped: Newline
}

/**
 * Reads, trims and checks a value. `what` names it in a prompt; `warn` gets what the user should hear of.
 * @throws PosternError `usage`, `value_refused`, `fingerprint_mismatch`, `interrupted`, never with the value.
 */
export async function readValue(
  source: Source,
  what: string,
  world: World,
  warn: (text: string) => void,
): Promise<ReadValue> {
  if (source.mode === 'argv')
    warn(
      '--value shows in the shell history and the process list; --prompt, --from-stdin, --from-file and --from-env do not.',
    )
  const {bytes, dropped} = trim(await read(source, what, world), source)
  for (const notice of check(bytes, dropped, source)) warn(notice)
  return {value: new SecretValue(bytes), dropped}
}
