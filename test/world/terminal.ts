import {spawn} from 'node:child_process'
import {engineEnv} from './engine.ts'
import {homeEnv, program} from './program.ts'

export interface Typed {
  /** What to wait for on the screen, after what was last waited for. */
  at: RegExp
  /** What to type then: `\r` is Enter, `\u0003` Ctrl-C. */
  type: string
}

/**
 * Runs the program on a pseudo-terminal (by `script`, which every Linux has), types what it is told, and gives the
 * screen as it was written, escape sequences included, and the exit status. `onScreen` is shown it each time that it changes.
 */
export async function onTerminal(
  argv: readonly string[],
  home: string,
  steps: readonly Typed[],
  env: Record<string, string> = {},
  onScreen: (screen: string) => void = () => {},
): Promise<{code: number | null; screen: string}> {
  // The shell gives its place away: it would end by the Ctrl-C that is typed to all of them.
  const command = `exec ${[process.execPath, program, ...argv].map(quoted).join(' ')}`
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    env: {...homeEnv(home), ...(await engineEnv(argv)), TERM: 'xterm', SHELL: '/bin/sh', ...env},
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let screen = ''
  let seen = 0
  const waiting = [...steps]
  child.stdin.on('error', () => {})
  child.stdout.on('data', (part: Buffer) => {
    screen += part
    onScreen(screen)
    const found = waiting[0]?.at.exec(screen.slice(seen))
    if (found == null) return
    seen += found.index + found[0].length
    child.stdin.write(waiting.shift()!.type)
  })
  return new Promise((done, fail) => child.on('error', fail).on('close', (code) => done({code, screen})))
}

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`
