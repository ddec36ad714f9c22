import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {parse} from 'yaml'
import type {AuditEntry} from '../../src/contract/routes/audit.ts'
import {contentOf, sqlOn} from '../world/database.ts'
import {onTerminal} from '../world/terminal.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w?.close())

const file = () => join(w.folder, 'policy.yaml')
const write = (text: string) => writeFileSync(file(), text)

const LOCKED = `version: 1
rules:
  - lock: {sensitivity: plaintext}
    reason: SOC2-14
  - unlock: {operation: variables.set}
    reason: no secrets in there
`

describe('policy apply', () => {
  test('makes the rules those of the file, in one step, with who, when and why', async () => {
    write(LOCKED)
    const {stdout, stderr} = await succeed(w.cli(['policy', 'apply', file(), '--reason', 'CHG-7', '--yes']))
    expect(stderr).toContain('+ lock sensitivity plaintext (SOC2-14)\n')
    expect(stderr).toContain('secrets.set\tenabled -> cli-only\trule: sensitivity plaintext\n')
    expect(stdout).toBe('The policy is what the file says now: 2 rules.\n')
    expect(
      (await entries(2))
        .reverse()
        .map(({operation, target, reason, outcome}) => [operation, target.name, reason, outcome]),
    ).toEqual([
      ['policy.apply', 'lock:sensitivity:plaintext', 'CHG-7', 'done'],
      ['policy.apply', 'unlock:operation:variables.set', 'CHG-7', 'done'],
    ])
    const shown = (await succeed(w.cli(['policy', 'show']))).stdout
    expect(shown).toMatch(
      /^secrets\.set\tsecrets\tplaintext\tcli-only\trule: sensitivity plaintext\towner\t\S+Z\tSOC2-14$/m,
    )
    expect(shown).toMatch(/\n\n(.*\n)*operation variables\.set\tenabled\towner\t\S+Z\tno secrets in there\n/)
    expect(shown).toMatch(/^secrets\.declare\tsecrets\tdispatch\tenabled\tno rule\t\t\t$/m)
  })

  test('keeps the stamp of a rule that stays, and removes what the file does not have', async () => {
    const before = await rules()
    write(LOCKED.replace('no secrets', 'nothing secret').replace('plaintext}', 'plaintext}   # same'))
    await succeed(w.cli(['policy', 'apply', file(), '--yes']))
    const after = await rules()
    expect(after.find((rule) => rule.effect === 'cli-only')).toEqual(before.find((rule) => rule.effect === 'cli-only'))
    expect(after.find((rule) => rule.effect === 'enabled')!.reason).toBe('nothing secret in there')
    write('version: 1\nrules:\n  - lock: {sensitivity: plaintext}\n    reason: SOC2-14\n')
    await succeed(w.cli(['policy', 'apply', file()]))
    expect(await rules()).toEqual(before.filter((rule) => rule.effect === 'cli-only'))
  })

  test('without a terminal, locks go ahead and unlocking needs --yes', async () => {
    const before = await contentOf(w.server.data)
    for (const looser of [
      'rules: []',
      'rules:\n  - lock: {operation: secrets.set}',
      'rules:\n  - lock: {sensitivity: plaintext}\n    reason: SOC2-14\n  - unlock: {all: true}',
    ]) {
      write(`version: 1\n${looser}\n`)
      const {code, stderr} = await w.cli(['policy', 'apply', file()])
      expect({code, says: /--yes/.test(stderr)}).toEqual({code: 2, says: true})
    }
    expect(await contentOf(w.server.data)).toEqual(before)
    write(`${LOCKED.split('  - unlock')[0]}  - lock: {category: variables}\n`)
    await succeed(w.cli(['policy', 'apply', file()]))
  })

  test('on a terminal it asks: no changes nothing, yes goes ahead', async () => {
    write('version: 1\nrules:\n  - lock: {all: true}\n')
    const before = await contentOf(w.server.data)
    const no = await onTerminal(['policy', 'apply', file()], w.home, [{at: /Go ahead\?/, type: 'n\r'}])
    expect(no.screen).toContain('- lock category variables')
    expect(no.screen).toContain('+ lock all operations')
    expect(no.code).toBe(1)
    expect(await contentOf(w.server.data)).toEqual(before)
    const yes = await onTerminal(['policy', 'apply', file()], w.home, [{at: /Go ahead\?/, type: 'y\r'}])
    expect(yes.code).toBe(0)
    expect((await rules()).map(({selector}) => selector)).toEqual([{by: 'all'}])
  })

  test('--check and --dry-run change nothing; --check ends with 1 on drift', async () => {
    write(LOCKED)
    const before = await contentOf(w.server.data)
    const check = await w.cli(['policy', 'apply', file(), '--check'])
    expect(check.code).toBe(1)
    expect(check.stdout).toMatch(/^- lock all operations\n\+ lock sensitivity plaintext \(SOC2-14\)\n/)
    expect(check.stderr).toMatch(/^Error: The policy in force is not what the file says\.\nNext: postern policy apply/)
    const json = await w.cli(['policy', 'apply', file(), '--check', '--json'])
    expect(json.code).toBe(1)
    expect(JSON.parse(json.stdout)).toMatchObject({differs: true, error: {code: 'failed'}, rules: [{}, {}, {}]})
    const dry = await succeed(w.cli(['policy', 'apply', file(), '--dry-run']))
    expect(dry.stdout).toContain('[dry-run] would change the policy:\n- lock all operations\n')
    const diff = await succeed(w.cli(['policy', 'diff', file()]))
    expect(diff.stdout).toBe(check.stdout)
    expect(await contentOf(w.server.data)).toEqual(before)
  })

  test('a credential that only reads the policy compares, and does not apply', async () => {
    const role = (name: string) => sqlOn(w.server.data, 'update tokens set role = ?', name)
    await role('auditor')
    try {
      expect((await w.cli(['policy', 'diff', file()])).code).toBe(0)
      expect((await w.cli(['policy', 'apply', file(), '--check'])).code).toBe(1)
      for (const flag of ['--yes', '--dry-run']) expect((await w.cli(['policy', 'apply', file(), flag])).code).toBe(4)
    } finally {
      await role('owner')
    }
  })

  test('what policy show --yaml prints changes nothing, from a file or from stdin', async () => {
    write(LOCKED)
    await succeed(w.cli(['policy', 'apply', file(), '--yes']))
    const {stdout} = await succeed(w.cli(['policy', 'show', '--yaml']))
    write(stdout)
    const before = await contentOf(w.server.data)
    for (const argv of [
      ['apply', file()],
      ['apply', file(), '--check'],
      ['diff', file()],
      ['apply', '-'],
    ]) {
      const ran = await succeed(w.cli(['policy', ...argv], {stdin: stdout}))
      expect(ran.stdout).toBe('The policy is what the file says.\n')
    }
    expect(await contentOf(w.server.data)).toEqual(before)
    await succeed(w.cli(['policy', 'reset', '--yes']))
    const empty = (await succeed(w.cli(['policy', 'show', '--yaml']))).stdout
    expect(parse(empty)).toEqual({version: 1, rules: []})
  })
})

describe('a file that is not right', () => {
  test.each([
    {
      text: 'version: 1\nrules:\n  - lock: {operation: hunter.two}\n',
      says: /Line 3 .*no such operation.*another version/,
    },
    {text: 'version: 1\nrules:\n  - lock: {operation: secret.set}\n', says: /Did you mean secrets\.set\?/},
    {text: 'version: 1\nrules:\n  - lock: {operation: policy.lock}\n', says: /no such operation/},
    {
      text: 'version: 1\nrules:\n  - lock: {category: hunter}\n',
      says: /no such category.*\n.*Known: secrets, variables/,
    },
    {text: 'version: 1\nrules:\n  - lock: {sensitivity: hunter}\n', says: /no such sensitivity/},
    {text: 'version: 1\nrules: hunter\n', says: /Line 2 /},
    {text: Buffer.from([0xff, 0xfe]), says: /not UTF-8/},
    {text: Buffer.alloc(70_000, '#'), says: /larger than 64 KiB/},
  ])('$says', async ({text, says}) => {
    writeFileSync(file(), text)
    const before = await contentOf(w.server.data)
    for (const argv of [
      ['diff', file()],
      ['apply', file(), '--yes'],
      ['apply', file(), '--check'],
      ['diff', '-'],
    ]) {
      const {code, stdout, stderr} = await w.cli(['policy', ...argv], {stdin: text})
      expect({code, stdout}).toEqual({code: 2, stdout: ''})
      expect(stderr).toMatch(says)
      expect(stderr).not.toContain('hunter')
    }
    expect(await contentOf(w.server.data)).toEqual(before)
  })

  test.each([
    ['no-such-file', /ENOENT/],
    ['.', /EISDIR/],
  ])('%s cannot be read', async (path, says) => {
    const {code, stderr} = await w.cli(['policy', 'apply', path])
    expect(code).toBe(2)
    expect(stderr).toMatch(says)
  })

  test('is refused by the server too', async () => {
    const set = {selector: {by: 'operation', name: 'secrets.set'}, effect: 'cli-only', reason: null} as const
    const twice = await asToken(w.server, w.token, 'policyApply', {body: {rules: [set, {...set, effect: 'enabled'}]}})
    expect([twice.status, twice.json]).toMatchObject([400, {code: 'malformed'}])
    const unknown = {...set, selector: {by: 'operation', name: 'secrets.burn'} as const}
    const {status, json} = await asToken(w.server, w.token, 'policyApply', {body: {rules: [set, unknown]}})
    expect([status, json]).toMatchObject([404, {code: 'not_found'}])
    expect(await rules()).toEqual([])
  })
})

async function rules() {
  return (await asToken(w.server, w.token, 'policyShow', {})).json.rules
}

async function entries(limit: number): Promise<AuditEntry[]> {
  const {json} = await asToken(w.server, w.token, 'auditList', {query: {limit}})
  return json.entries.map(({canonical}) => JSON.parse(canonical) as AuditEntry)
}
