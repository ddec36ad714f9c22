import type {Prepared} from './child.ts'

type Execve = (file: string, args: readonly string[], env: Record<string, string>) => never

/** Whether this process can become another program (Node 22.15, 23.11 and newer, not on Windows). */
export const canReplace = (): boolean => typeof (process as {execve?: Execve}).execve === 'function'

/** Becomes the command: it has this process's number, terminal and signals, and nothing of Postern stays. Returns only where that fails. */
export function replaceBy({file, argv, variables}: Prepared): void {
  // Node says of each use that it is experimental.
  process.removeAllListeners('warning')
  process.emitWarning = () => {}
  ;(process as {execve?: Execve}).execve!(file, argv, Object.fromEntries(variables))
}
