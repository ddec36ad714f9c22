import {chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {leaksIn, newCanary} from '../world/canary.ts'
import {onTerminal, type Typed} from '../world/terminal.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

let w: World
let folder: string
let canary = ''
let count = 0
let key = ''
beforeAll(async () => {
  w = await world()
})
afterAll(() => w?.close())
// A secret `key` of the scope app, with one version; a folder for editors and what they note.
beforeEach(async () => {
  count += 1
  key = `KEY_${count}`
  canary = newCanary()
  folder = mkdtempSync(join(tmpdir(), 'postern-edit-'))
  await set(canary)
  return () => rmSync(folder, {recursive: true})
})

const set = (stdin: string | Uint8Array, ...flags: string[]) =>
  succeed(w.cli(['secret', 'set', '--scope', 'app', key, ...flags], {stdin}))
const edit = (editor: string, ...flags: string[]) =>
  w.cli(['secret', 'edit', '--scope', 'app', key, '--reveal', ...flags], {env: {EDITOR: editor}})
/** An editor that does what these lines of shell say; $1 is the file. */
const editor = (...lines: string[]): string => {
  const path = join(folder, 'editor')
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'))
  chmodSync(path, 0o755)
  return path
}
const read = async () => (await succeed(w.cli(['secret', 'get', '--scope', 'app', key, '--reveal']))).stdout
const versions = async () =>
  JSON.parse((await succeed(w.cli(['secret', 'history', '--scope', 'app', key, '--json']))).stdout).items
const noted = (name: string) => readFileSync(join(folder, name), 'utf8').trim()
const onScreen = (steps: readonly Typed[], env: Record<string, string>) =>
  onTerminal(['secret', 'edit', '--scope', 'app', key], w.home, steps, env)

describe('secret edit', () => {
  test('opens the value in a private file in memory, sets what was saved, and leaves no file', async () => {
    const note = `stat -c '%a' "$1" "$(dirname "$1")" > ${folder}/modes; stat -f -c %T "$1" > ${folder}/type; echo "$1" > ${folder}/path`
    const {stdout, stderr} = await succeed(
      edit(editor(note, `cat "$1" > ${folder}/before`, 'printf "%s-2" "$(cat "$1")" > "$1"')),
    )
    expect(noted('before')).toBe(canary)
    expect([noted('modes'), noted('type')]).toEqual(['600\n700', 'tmpfs'])
    expect(existsSync(join(noted('path'), '..'))).toBe(false)
    expect(await read()).toBe(`${canary}-2`)
    expect(stdout).toContain(`Set ${key} in app: version 2`)
    expect(leaksIn(stdout + stderr + w.server.output(), canary)).toEqual([])
  })

  test('is in the audit log as a reading and a write', async () => {
    await succeed(edit('sed -i s/$/x/'))
    const {json} = await asToken(w.server, w.token, 'auditList', {query: {limit: 2}})
    expect(json.entries.map(({canonical}) => JSON.parse(canonical).operation)).toEqual([
      'secrets.set',
      'secrets.reveal',
    ])
  })

  test.each([
    ['nothing is changed', ':'],
    ['only a newline comes to the end', 'echo >> "$1"'],
  ])('writes no version when %s', async (_, line) => {
    expect((await succeed(edit(editor(line)))).stdout).toBe(`Nothing changed: ${key} in app stays at version 1\n`)
    expect((await versions()).length).toBe(1)
  })

  test.each<[string, string, string, string]>([
    ['none before, and the editor adds one', 'a', 'printf "b\\n" > "$1"', 'b'],
    ['one before, and the editor keeps it', 'a\n', 'printf "b\\n" > "$1"', 'b\n'],
    ['one before, and it is taken away', 'a\n', 'printf b > "$1"', 'b'],
    ['several at the end', 'a', 'printf "b\\n\\n" > "$1"', 'b\n'],
  ])('keeps newlines as they are meant: %s', async (_, before, line, after) => {
    await set(before, '--no-trim')
    await succeed(edit(editor(line)))
    expect(await read()).toBe(after)
  })

  test('takes an editor with words and quotes, VISUAL before EDITOR', async () => {
    const own = editor('printf "%s" "$1" > "$2"')
    await succeed(
      w.cli(['secret', 'edit', '--scope', 'app', key, '--reveal'], {
        env: {VISUAL: `'${own}' "two words"`, EDITOR: 'no'},
      }),
    )
    expect(await read()).toBe('two words')
  })

  test('begins empty where there is no value, and reveals nothing', async () => {
    await succeed(w.cli(['secret', 'declare', '--scope', 'app', `${key}_NEW`]))
    for (const name of [`${key}_NEW`, `${key}_ABSENT`]) {
      const {stdout, stderr} = await succeed(
        w.cli(['secret', 'edit', '--scope', 'app', name], {env: {EDITOR: editor('echo new > "$1"')}}),
      )
      expect([stdout, stderr]).toEqual([
        expect.stringContaining(`Set ${name} in app: version 1, 3 bytes`),
        expect.stringContaining('has no value'),
      ])
    }
    const {stdout} = await succeed(w.cli(['secret', 'edit', '--scope', 'app', `${key}_NONE`], {env: {EDITOR: 'true'}}))
    expect(stdout).toContain('Nothing was set')
  })
})

describe('kinds', () => {
  test('fields are edited as JSON, and checked', async () => {
    key = `${key}_FIELDS`
    await succeed(
      w.cli(['secret', 'set', '--scope', 'app', key, '--field-env', 'user=A', '--field-env', 'password=B'], {
        env: {A: 'me', B: 'hunter2'},
      }),
    )
    await succeed(edit(editor(`echo "$1" > ${folder}/path`, 'sed -i s/hunter2/hunter3/ "$1"')))
    expect(noted('path')).toMatch(/\.json$/)
    expect(JSON.parse(await read())).toEqual({user: 'me', password: 'hunter3'})
    expect((await versions())[0]).toMatchObject({type: 'fields', version: 2})
    const {code, stderr} = await edit(editor('echo "{" > "$1"'))
    expect([code, stderr]).toEqual([1, expect.stringContaining('no JSON object')])
  })

  test('bytes of a file stay bytes', async () => {
    await set(Buffer.from('ff00fe', 'hex'), '--file', '--from-file', '-')
    await succeed(edit(editor('printf "\\375" >> "$1"')))
    expect((await versions())[0]).toMatchObject({type: 'file', length: 4})
  })

  test('bytes that are no text may stay that, and a text may not become such', async () => {
    await set(Buffer.from('ff00fe', 'hex'), '--binary')
    await succeed(edit(editor('printf "\\375" >> "$1"')))
    expect((await versions())[0]).toMatchObject({type: 'string', length: 4})
    await set('text')
    const {code, stderr} = await edit(editor('printf "\\375" >> "$1"'))
    expect([code, stderr]).toEqual([1, expect.stringContaining('not valid UTF-8')])
  })

  test.each([
    ['totp', ['--totp'], 'JBSWY3DPEHPK3PXP'],
    ['reference', ['--reference', '<${secret.app/KEY_1}>'], ''],
  ])('a %s is not edited, and not revealed', async (kind, flags, stdin) => {
    await set(stdin, ...flags)
    const {code, stderr} = await edit(editor(`touch ${folder}/opened`))
    expect([code, stderr]).toEqual([2, expect.stringContaining(`is a ${kind}`)])
    expect(existsSync(join(folder, 'opened'))).toBe(false)
  })
})

describe('nothing is changed', () => {
  const unchanged = async (ran: ReturnType<typeof edit>, code: number, said: string) => {
    const {stderr, ...rest} = await ran
    expect([rest.code, stderr]).toEqual([code, expect.stringContaining(said)])
    expect(await read()).toBe(canary)
  }

  test('when the editor fails, or is not there', async () => {
    await unchanged(edit(editor('echo x > "$1"; exit 3')), 1, 'The editor ended with 3')
    await unchanged(edit('no-such-editor'), 127, 'The editor is not there')
  })

  test('when what was saved is empty, but with --allow-empty', async () => {
    await unchanged(edit(editor(': > "$1"')), 1, 'The value is empty')
    await succeed(edit(editor(': > "$1"'), '--allow-empty'))
    expect(await read()).toBe('')
  })

  test('when somebody else set it meanwhile', async () => {
    const meanwhile = async () => {
      while (!existsSync(join(folder, 'open'))) await new Promise((done) => setTimeout(done, 20))
      await set('theirs')
      writeFileSync(join(folder, 'go'), '')
    }
    const [ran] = await Promise.all([
      edit(editor(`touch ${folder}/open`, `while [ ! -e ${folder}/go ]; do sleep 0.05; done`, 'echo mine > "$1"')),
      meanwhile(),
    ])
    expect([ran.code, ran.stderr]).toEqual([6, expect.stringContaining('it is at version 2')])
    expect(await read()).toBe('theirs')
  })

  test('without --reveal where nobody can be asked', async () => {
    const {code, stderr} = await w.cli(['secret', 'edit', '--scope', 'app', key], {env: {EDITOR: 'true'}})
    expect([code, stderr]).toEqual([2, expect.stringContaining('--reveal')])
  })

  test('by who may reveal, but not write', async () => {
    await succeed(
      w.cli(['role', 'create', `r${count}`, '--permission', 'secrets.reveal', '--permission', 'secrets.list']),
    )
    const made = await succeed(w.cli(['token', 'create', `t${count}`, '--role', `r${count}`, '--json']))
    const {code, stderr} = await w.cli(['secret', 'edit', '--scope', 'app', key, '--reveal'], {
      env: {EDITOR: editor(`touch ${folder}/opened`), POSTERN_TOKEN: JSON.parse(made.stdout).token},
    })
    expect([code, stderr]).toEqual([4, expect.stringContaining('secrets.write')])
    expect(existsSync(join(folder, 'opened'))).toBe(false)
  })
})

describe('at a terminal', () => {
  test('asks before it reveals', async () => {
    const own = editor(`touch ${folder}/opened`)
    const no = await onScreen([{at: /Open .* in the editor\?/, type: 'n\r'}], {EDITOR: own})
    expect([no.code, existsSync(join(folder, 'opened'))]).toEqual([1, false])
  })

  test('what was written is not lost when it is refused', async () => {
    const own = editor(`if [ ! -e ${folder}/first ]; then touch ${folder}/first; : > "$1"; else echo second > "$1"; fi`)
    const {code, screen} = await onScreen(
      [
        {at: /in the editor\?/, type: 'y\r'},
        {at: /The value is empty[\s\S]*Open what you wrote again\?/, type: 'y\r'},
      ],
      {EDITOR: own},
    )
    expect([code, screen]).toEqual([0, expect.stringContaining('version 2')])
    expect(await read()).toBe('second')
  })

  test('Vim writes nothing of it to the home folder, however it is set up', async () => {
    const kept = join(w.home, 'kept')
    mkdirSync(kept, {recursive: true})
    writeFileSync(
      join(w.home, '.vimrc'),
      [
        'undofile',
        `undodir=${kept}`,
        'backup',
        `backupdir=${kept}`,
        `directory=${kept}`,
        `viminfo='100,f1,n${kept}/viminfo`,
      ]
        .map((option) => `silent! set ${option}\n`)
        .join(''),
    )
    const {code} = await onScreen(
      [
        {at: /in the editor\?/, type: 'y\r'},
        {at: new RegExp(canary), type: 'yyAx\u001b:w\rAy\u001b:wq\r'},
      ],
      {EDITOR: 'vi', VISUAL: ''},
    )
    expect(code).toBe(0)
    expect(await read()).toBe(`${canary}xy`)
    expect(readdirSync(kept)).toEqual([])
  })
})
