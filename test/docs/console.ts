import {spawn} from 'node:child_process'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {program} from '../world/program.ts'

/** A command as a document shows it. */
export interface Step {
  /** Where it stands, for the test's message. */
  line: number
  command: string
  /** What it prints; none: the document does not say. */
  output: string[]
  exit: number
}

/** The steps of a document's `console` blocks: `$ ` begins a command, `\` at its end goes on, `[exit N]` is its status. */
export function stepsOf(markdown: string): Step[] {
  const steps: Step[] = []
  let inside = false
  let open = false
  for (const [index, text] of markdown.split('\n').entries()) {
    const last = steps.at(-1)
    if (text.startsWith('```')) inside = text === '```console'
    else if (!inside) continue
    else if (text.startsWith('$ ')) steps.push({line: index + 1, command: text.slice(2), output: [], exit: 0})
    else if (open && last !== undefined) last.command += `\n${text}`
    else if (/^\[exit \d+\]$/.test(text)) last!.exit = Number(text.slice(6, -1))
    else last?.output.push(text)
    open = inside && (text.startsWith('$ ') || open) && text.endsWith('\\')
  }
  return steps
}

/**
 * Runs the steps one after the other in one shell on a pseudo-terminal, as somebody types them, and gives what each
 * printed and its exit status. `setUp` is shell that runs first. A server that a step starts runs beside the others.
 */
export async function runSteps(
  steps: readonly Step[],
  folder: string,
  env: Record<string, string | undefined>,
  setUp = '',
): Promise<{output: string; exit: number}[]> {
  const marked = steps.map(({command}) => `${inBackground(command)}\nSTATUS=$?; echo; echo "${MARK} $STATUS"`)
  const postern = `postern() { '${process.execPath}' '${program}' "$@"; }`
  const script = join(folder, 'steps.sh')
  const ending = `trap 'test -z "$SERVER" || kill $SERVER; wait' EXIT`
  writeFileSync(script, [postern, ending, setUp, `echo '${MARK} begin'`, ...marked, ''].join('\n'))
  const child = spawn('script', ['-qefc', `bash '${script}'`, '/dev/null'], {
    cwd: folder,
    env: {...env, TERM: 'xterm', SHELL: '/bin/sh'},
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let screen = ''
  child.stdout.on('data', (part: Buffer) => {
    screen += part
  })
  await new Promise((done, fail) => child.on('error', fail).on('close', done))
  const [, ...ran] = plain(screen).split(new RegExp(`\\n?${MARK} begin\\n`))
  const parts = ran.join('').split(new RegExp(`\\n${MARK} (\\d+)\\n`))
  return steps.map((_, index) => ({output: parts[index * 2] ?? screen, exit: Number(parts[index * 2 + 1] ?? -1)}))
}

const MARK = '--- step ended with'

/** A server runs until it is stopped: it goes to the background, and the step ends when it says how to sign in. */
function inBackground(command: string): string {
  if (!command.startsWith('postern server start')) return command
  return `${command} > started 2> log & SERVER=$!
for _ in $(seq 200); do grep -q 'Sign in' started && break; sleep 0.1; done; cat started`
}

/** The screen as text: no escape sequences, and of each line what was written last. */
function plain(screen: string): string {
  return (
    screen
      .replaceAll('\r\n', '\n')
      .replace(/.*\r/g, '')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what this takes out
      .replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '')
  )
}

/** What a document's output stands for: `…` any text in a line, alone any lines; any time for a time, any port for a port, any key's id for one. */
export function pattern(lines: readonly string[]): RegExp {
  const escaped = (text: string) =>
    text
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\\\.\d{3}Z/g, '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z')
      .replace(/127\\\.0\\\.0\\\.1:\d+/g, '127\\.0\\.0\\.1:\\d+')
      .replace(/\b[0-9a-f]{16}\b/g, '[0-9a-f]{16}')
      .replaceAll('…', '.*?')
  return new RegExp(`^${lines.map((line) => (line === '…' ? '(?:.*\\n)*?' : `${escaped(line)}\\s*\\n`)).join('')}$`)
}
