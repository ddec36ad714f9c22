import {spawn, spawnSync} from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {type Shell, shells} from '../../src/lib/hook/script.ts'
import {finished, homeEnv, program, type Ran} from '../world/program.ts'
import {onTerminal} from '../world/terminal.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

const hostile = `it's "a" \\ $HOME \`id\` $(id) !! %s *\nsecond line\\\n\ttab 'é'`
let w: World
let bin: string
let root: string
let count = 0
beforeAll(async () => {
  w = await world()
  bin = mkdtempSync(join(tmpdir(), 'postern-hook-'))
  const script = (name: string, text: string) => writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, {mode: 0o755})
  script('postern', `touch '${bin}/postern-used'; exec '${process.execPath}' '${program}' "$@"`)
  script('has', 'printf HAS; for name; do printf " %s" "$(printenv "$name" || echo -)"; done; echo')
  for (const [key, stdin] of [
    ['API_KEY', 'k-123'],
    ['VITE_TITLE', 'title'],
    ['HOSTILE', hostile],
  ] as const)
    await succeed(w.cli(['secret', 'set', '--scope', 'app', key, '--no-trim'], {stdin}))
  for (const name of ['app', 'other']) {
    await succeed(w.cli(['environment', 'create', name]))
    await succeed(w.cli(['environment', 'bind', name, '--scope', name]))
  }
  await succeed(w.cli(['secret', 'set', '--scope', 'other', 'API_KEY'], {stdin: 'other'}))
})
afterAll(async () => {
  rmSync(bin, {recursive: true, force: true})
  await w?.close()
})
// A folder with two projects, of which nothing is allowed, and one folder of neither.
beforeEach(() => {
  count += 1
  root = join(realpathSync(w.folder), `hook-${count}`)
  for (const name of ['app/web/src', 'other', 'plain']) mkdirSync(join(root, name), {recursive: true})
  project({environment: 'app', components: {web: {folder: 'web', only: ['VITE_*']}}})
  project({environment: 'other'}, 'other')
})
const project = (file: object, folder = 'app') =>
  writeFileSync(join(root, folder, 'postern.json'), JSON.stringify(file))
const allow = (folder = 'app') => succeed(w.cli(['allow', join(root, folder)]))

const started: Record<Shell, string[]> = {
  bash: ['bash', '--norc', '--noprofile', '-i'],
  zsh: ['zsh', '-f', '-i'],
  fish: ['fish', '--no-config', '-i'],
}
const isThere = (shell: Shell) => spawnSync('sh', ['-c', `command -v ${shell}`]).status === 0
test.runIf(process.env.CI === 'true').each(shells)('the checks have %s', (shell) => expect(isThere(shell)).toBe(true))

const evaluated: Record<Shell, string> = {
  bash: 'eval "$(postern hook bash)"',
  zsh: 'eval "$(postern hook zsh)"',
  fish: 'postern hook fish | source',
}
/** Types these lines into an interactive shell with the hook, in `plain`. */
async function typed(shell: Shell, lines: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const file = join(root, 'typed')
  writeFileSync(file, [evaluated[shell], ...lines, ''].join('\n'))
  // Of Node's own pipe, which is a socket, fish takes nothing.
  const child = spawn('sh', ['-c', `cat '${file}' | ${started[shell].join(' ')}`], {
    cwd: join(root, 'plain'),
    env: {...homeEnv(w.home), PS1: '', PROMPT: '', HISTFILE: '/dev/null', ...env, PATH: `${bin}:${process.env.PATH}`},
    stdio: 'pipe',
  })
  return finished(child)
}
/** Has a program tell what it has in these variables. */
const has = (...names: string[]) => `${join(bin, 'has')} ${names.join(' ')}`
const had = ({stdout}: Ran) => [...stdout.matchAll(/HAS (.*)/g)].map(([, rest]) => rest)
const set: Record<Shell, (name: string, text: string) => string> = {
  bash: (name, text) => `${name}=${text}`,
  zsh: (name, text) => `${name}=${text}`,
  fish: (name, text) => `set -g ${name} ${text}`,
}

describe.each(shells.filter(isThere))('in %s', (shell) => {
  test('a folder that is allowed loads, and unloads when it is left', async () => {
    await allow()
    const ran = await typed(shell, [
      has('API_KEY'),
      `cd ${root}/app`,
      has('API_KEY', 'VITE_TITLE'),
      `cd ${root}/plain`,
      has('API_KEY', 'VITE_TITLE'),
    ])
    expect(had(ran)).toEqual(['-', 'k-123 title', '- -'])
    expect(ran.stderr).toContain(`loaded 3 from app, as ${root}/app/postern.json says`)
    expect(ran.stderr).toContain('postern: unloaded')
  })

  test('values are exact', async () => {
    await allow()
    const ran = await typed(shell, [`cd ${root}/app`, `printf %s "$HOSTILE" > ${root}/value`])
    expect([readFileSync(join(root, 'value'), 'utf8'), ran.stdout + ran.stderr]).toEqual([
      hostile,
      expect.not.stringContaining('second line'),
    ])
  })

  test('a key that is the shell’s own is refused by name, and the prompt comes back', async () => {
    await succeed(w.cli(['secret', 'set', '--scope', 'app', 'PWD'], {stdin: 'hunter2'}))
    await allow()
    const ran = await typed(shell, [`cd ${root}/app`, 'echo "AT $PWD"', `cd ${root}/plain`, 'echo done'])
    await succeed(w.cli(['secret', 'delete', '--scope', 'app', 'PWD', '--yes']))
    expect(ran.stderr).toContain('PWD of scope app is a name that the shell itself uses')
    expect(ran.stdout).toContain(`AT ${root}/app`)
    expect(ran.stdout + ran.stderr).not.toContain('hunter2')
  })

  test('what a variable was before comes back, exported or not, or none', async () => {
    await allow()
    const ran = await typed(shell, [
      'export API_KEY=mine',
      set[shell]('VITE_TITLE', 'own'),
      `cd ${root}/app`,
      has('API_KEY', 'VITE_TITLE'),
      `cd ${root}/plain`,
      has('API_KEY', 'VITE_TITLE', 'HOSTILE'),
      'echo "SHELL $VITE_TITLE"',
    ])
    expect(had(ran)).toEqual(['k-123 title', 'mine - -'])
    expect(ran.stdout).toContain('SHELL own')
  })

  test('nothing is loaded until it is allowed, and then at once', async () => {
    const ran = await typed(shell, [
      `cd ${root}/app`,
      has('API_KEY'),
      'postern allow',
      has('API_KEY'),
      'postern deny',
      has('API_KEY'),
    ])
    expect(had(ran)).toEqual(['-', 'k-123', '-'])
    expect(ran.stderr).toContain(`${root}/app/postern.json is not allowed`)
  })

  test('a project that was changed, or copied, is not allowed any more', async () => {
    await allow()
    cpSync(join(root, 'app'), join(root, 'copied'), {recursive: true})
    project({environment: 'other'})
    const ran = await typed(shell, [`cd ${root}/app`, has('API_KEY'), `cd ${root}/copied`, has('API_KEY')])
    expect(had(ran)).toEqual(['-', '-'])
  })

  test('a folder below has what its component gets; one further down, or of another project, what that has', async () => {
    await allow()
    await allow('other')
    const ran = await typed(shell, [
      ...['app', 'app/web', 'app/web/src', 'other', 'app'].flatMap((folder) => [
        `cd ${root}/${folder}`,
        has('API_KEY', 'VITE_TITLE'),
      ]),
    ])
    expect(had(ran)).toEqual(['k-123 title', '- title', '- title', 'other -', 'k-123 title'])
    // What is loaded already is not asked for again.
    expect(ran.stderr.match(/postern: loaded/g)?.length).toBe(4)
  })

  test('a shell that is started within knows what it inherited', async () => {
    await allow()
    const inner = [evaluated[shell], has('API_KEY'), `cd ${root}/plain`, has('API_KEY'), ''].join('\n')
    writeFileSync(join(root, 'inner'), inner)
    const ran = await typed(shell, [
      'export API_KEY=mine',
      `cd ${root}/app`,
      `cat ${root}/inner | ${started[shell].join(' ')}`,
    ])
    expect(had(ran)).toEqual(['k-123', 'mine'])
    expect(ran.stderr.match(/postern: loaded/g)?.length).toBe(1)
  })

  test('where the server is away nothing is loaded, and what was before is not left', async () => {
    await allow()
    await allow('other')
    const ran = await typed(shell, [
      `cd ${root}/app`,
      'export POSTERN_URL=https://127.0.0.1:1 POSTERN_TOKEN=nonsense',
      `cd ${root}/other`,
      has('API_KEY', 'VITE_TITLE'),
    ])
    expect(had(ran)).toEqual(['- -'])
    expect(ran.stderr).toMatch(/Error: /)
  })

  test('elsewhere no program is started, and the status of the last command stays', async () => {
    const status = shell === 'fish' ? '$status' : '$?'
    const ran = await typed(shell, [
      `rm ${bin}/postern-used; true`,
      `cd ${root}/plain`,
      'false',
      `echo "STATUS ${status}"`,
      `test -e ${bin}/postern-used; or echo NONE; true`.replace('; or', shell === 'fish' ? '; or' : ' ||'),
    ])
    expect(ran.stdout).toMatch(/STATUS 1[\s\S]*NONE/)
  })

  test('a variable that the shell itself evaluates or reads is left as it is', async () => {
    await succeed(w.cli(['secret', 'set', '--scope', 'shell', 'SECONDS'], {stdin: `x[$(touch ${root}/evaluated)]`}))
    await succeed(w.cli(['secret', 'set', '--scope', 'shell', 'LAST'], {stdin: 'last'}))
    await w.cli(['environment', 'create', 'shell'])
    await w.cli(['environment', 'bind', 'shell', '--scope', 'shell'])
    project({environment: 'shell'})
    await allow()
    const ran = await typed(shell, [`cd ${root}/app`, has('LAST')])
    expect([had(ran), existsSync(join(root, 'evaluated'))]).toEqual([['last'], false])
    if (shell !== 'fish') expect(ran.stderr).toContain('SECONDS is a variable of the shell')
  })

  test('what the store may not give a command is refused here too, with all', async () => {
    for (const [scope, key] of [
      ['bad-1', 'LD_PRELOAD'],
      ['bad-2', '_POSTERN_OLD_PATH'],
      ['bad-3', 'fish_function_path'],
    ] as const) {
      await succeed(w.cli(['secret', 'set', '--scope', scope, key], {stdin: '/evil'}))
      await w.cli(['environment', 'create', scope])
      await w.cli(['environment', 'bind', scope, '--scope', scope])
      await w.cli(['environment', 'bind', scope, '--scope', 'app'])
      project({environment: scope})
      await allow()
      const ran = await typed(shell, [`cd ${root}/app`, has('API_KEY')])
      expect([had(ran), ran.stderr]).toEqual([['-'], expect.stringContaining(key)])
    }
  })
})

test.each(shells.filter((shell) => shell !== 'fish' && isThere(shell)))(
  'in %s a trace of the shell does not show values',
  async (shell) => {
    await allow()
    const ran = await typed(shell, ['set -x', `cd ${root}/app`, 'set +x', has('API_KEY')])
    expect(had(ran)).toEqual(['k-123'])
    expect(ran.stderr).not.toContain('k-123')
  },
)

test('values are printed on no terminal', async () => {
  await allow()
  const {code, screen} = await onTerminal(['hook', 'bash', '--load'], w.home, [])
  expect([code, screen]).toEqual([2, expect.stringContaining('stdout is a terminal')])
})

test('each load is in the audit log, with the names', async () => {
  await allow('other')
  await typed('bash', [`cd ${root}/other`])
  const {json} = await asToken(w.server, w.token, 'auditList', {query: {limit: 1}})
  expect(JSON.parse(json.entries[0]!.canonical)).toMatchObject({names: ['secret other API_KEY 1']})
})

describe('allow and deny', () => {
  test('say what they did', async () => {
    expect((await allow()).stdout).toBe(`Allowed ${root}/app/postern.json: the environment app\n`)
    expect((await allow('app/web')).stdout).toBe(`Allowed ${root}/app/postern.json: the environment app, only VITE_*\n`)
    const deny = () => succeed(w.cli(['deny', join(root, 'app')]))
    expect((await deny()).stdout).toBe(`Denied ${root}/app/postern.json\n`)
    expect((await deny()).stdout).toBe(`Nothing changed: ${root}/app/postern.json was not allowed\n`)
  })

  test('refuse what is no project, or is one that others may write to', async () => {
    expect(await w.cli(['allow', join(root, 'plain')])).toMatchObject({code: 2})
    chmodSync(join(root, 'app/postern.json'), 0o666)
    const {code, stderr} = await w.cli(['allow', join(root, 'app')])
    expect([code, stderr]).toEqual([2, expect.stringContaining('can be written by everybody')])
  })
})
