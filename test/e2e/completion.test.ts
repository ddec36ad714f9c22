import {spawn, spawnSync} from 'node:child_process'
import {readFileSync, writeFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {homeEnv, program, run, tempFolder} from '../world/program.ts'

/** Interactive shells that read no settings of this machine. */
const shells = {bash: 'bash --norc --noprofile -i', zsh: 'zsh -f -i'} as const
type Shell = keyof typeof shells
const every = Object.keys(shells) as Shell[]
const isThere = (shell: Shell) => spawnSync('sh', ['-c', `command -v ${shell}`]).status === 0

const {path: folder, remove} = tempFolder()
const home = join(folder, 'home')
beforeAll(async () => {
  writeFileSync(join(folder, 'postern'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, {mode: 0o755})
  expect((await run(['autocomplete', '--refresh-cache'], home)).code).toBe(0)
})
afterAll(remove)

/** What a terminal shows after these keys, in a shell that was given the completion, once `until` is there. */
async function typed(shell: Shell, keys: string, until: RegExp): Promise<string> {
  const {PATH, ...env} = homeEnv(home)
  const child = spawn('script', ['-qefc', shells[shell], '/dev/null'], {
    env: {...env, PATH: `${folder}:${PATH}`, TERM: 'xterm', HISTFILE: '/dev/null', INPUTRC: '/dev/null'},
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let screen = ''
  let sent = false
  try {
    return await new Promise<string>((done, fail) => {
      setTimeout(() => fail(new Error(`${shell} does not show ${until}:\n${screen}`)), 20_000).unref()
      child.on('error', fail)
      child.stdout.on('data', (part: Buffer) => {
        screen += part
        if (!sent && screen.includes('READY 7')) {
          sent = true
          screen = ''
          child.stdin.write(keys)
        } else if (sent && until.test(screen)) done(screen)
      })
      child.stdin.write(`eval "$(postern autocomplete script ${shell})"; echo READY $((3 + 4))\r`)
    })
  } finally {
    child.kill('SIGKILL')
  }
}

test.runIf(process.env.CI === 'true').each(every)('the checks have %s', (shell) => expect(isThere(shell)).toBe(true))

describe.each(every.filter(isThere))('in %s a tab completes', (shell) => {
  test.each([
    {what: 'a command', keys: 'postern secret desc\t', until: /secret describe/},
    {what: 'a topic', keys: 'postern envir\t', until: /postern environment/},
    {what: 'a flag', keys: 'postern secret set --from-st\t', until: /--from-stdin/},
    {what: 'a flag of the last command', keys: 'postern variable set --no-tr\t', until: /--no-trim/},
    {what: 'a flag of a command without a topic', keys: 'postern login --ca-fing\t', until: /--ca-fingerprint/},
    {what: 'a flag whose value has a form', keys: 'postern environment bind --ho\t', until: /--host/},
  ])('$what', async ({keys, until}) => {
    expect(await typed(shell, keys, until)).not.toMatch(/bad substitution|error|not found/i)
  })
})

test('no summary holds what zsh would expand', () => {
  const manifest = readFileSync(resolve(import.meta.dirname, '../../oclif.manifest.json'), 'utf8')
  const {commands} = JSON.parse(manifest) as {
    commands: Record<string, {summary: string; flags: Record<string, {summary: string}>}>
  }
  const summaries = Object.values(commands).flatMap(({summary, flags}) => [
    summary,
    ...Object.values(flags).map((flag) => flag.summary),
  ])
  expect(summaries.length).toBeGreaterThan(300)
  expect(summaries.filter((summary) => /[$]/.test(summary))).toEqual([])
})
