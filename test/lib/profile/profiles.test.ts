import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {
  type AuditMemory,
  afterArchive,
  afterLog,
  recallAudit,
  rememberAudit,
} from '../../../src/lib/profile/audit-memory.ts'
import {isProfileName, openProfiles, type Profile} from '../../../src/lib/profile/profiles.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'postern-profiles-'))
})
afterEach(() => rmSync(home, {recursive: true}))
const made = (url: string): Profile => ({url, ca: null, org: 'default', tokenIn: 'file', auditKey: 'key', heads: {}})
const file = () => join(home, '.config/postern/profiles.json')

describe('the profiles', () => {
  test('are in one 0600 file in a 0700 folder, whatever the umask', async () => {
    const before = process.umask(0)
    try {
      await openProfiles({HOME: home}).save('a', made('https://a.example'))
    } finally {
      process.umask(before)
    }
    expect((statSync(file()).mode & 0o777).toString(8)).toBe('600')
    expect((statSync(join(home, '.config/postern')).mode & 0o777).toString(8)).toBe('700')
    await openProfiles({HOME: home}).use('a')
    expect((statSync(file()).mode & 0o777).toString(8)).toBe('600')
  })

  test('that many processes keep at once are all kept, also past one that was killed in between', async () => {
    mkdirSync(join(home, '.config/postern'), {recursive: true})
    writeFileSync(`${file()}.lock`, '')
    const names = Array.from({length: 12}, (_, n) => `p${n}`)
    await Promise.all(
      names.map((name) => openProfiles({HOME: home}).save(name, made('https://a.example'), {use: true})),
    )
    const profiles = openProfiles({HOME: home})
    expect(profiles.names()).toEqual(names.toSorted())
    expect(names).toContain(profiles.current())
    expect(readdirSync(join(home, '.config/postern'))).toEqual(['profiles.json'])
  })

  test('are kept, used and removed; what is removed is no longer in use, and nothing else is instead', async () => {
    const profiles = openProfiles({HOME: home})
    for (const name of ['b', 'a.1', 'constructor']) await profiles.save(name, made(`https://${name}.example`))
    await profiles.use('a.1')
    const again = openProfiles({HOME: home})
    expect([again.names(), again.current()]).toEqual([['a.1', 'b', 'constructor'], 'a.1'])
    expect([again.get('a.1')?.url, again.get('toString')]).toEqual(['https://a.1.example', null])
    await again.remove('b')
    expect(openProfiles({HOME: home}).current()).toBe('a.1')
    await again.remove('a.1')
    expect([openProfiles({HOME: home}).names(), openProfiles({HOME: home}).current()]).toEqual([['constructor'], null])
  })

  test('keep what a newer version wrote beside', async () => {
    await openProfiles({HOME: home}).save('a', made('https://a.example'))
    const kept = JSON.parse(readFileSync(file(), 'utf8'))
    kept.later = 1
    kept.profiles.a.later = 2
    writeFileSync(file(), JSON.stringify(kept))
    await openProfiles({HOME: home}).use('a')
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({later: 1, current: 'a', profiles: {a: {later: 2}}})
  })

  test('are read without making a file or a folder', () => {
    expect(openProfiles({HOME: home}).names()).toEqual([])
    expect(readdirSync(home)).toEqual([])
  })

  test.each<[string, string]>([
    ['empty', ''],
    ['half a file', '{"current": "a", "profiles": {"a": {"url": "hunter2'],
    ['another form', '{"current": "a", "profiles": ["hunter2"]}'],
    ['a profile that lacks something', '{"current": "a", "profiles": {"a": {"url": "hunter2"}}}'],
  ])('say so when the file is not theirs, and leave it: %s', async (_, text) => {
    mkdirSync(join(home, '.config/postern'), {recursive: true})
    writeFileSync(file(), text)
    let message = ''
    try {
      openProfiles({HOME: home})
    } catch (error) {
      message = JSON.stringify(error)
    }
    expect(message).toContain(file())
    expect(message).toContain('not what Postern wrote')
    expect(message).not.toContain('hunter2')
    expect(readFileSync(file(), 'utf8')).toBe(text)
  })

  test('say so when the folder cannot be written', async () => {
    const profiles = openProfiles({HOME: '/dev/null'})
    expect(profiles.names()).toEqual([])
    await expect(profiles.save('a', made('https://a.example'))).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(/cannot be used: E[A-Z]+/),
    })
  })

  test('are found without HOME', () => {
    expect(() => openProfiles({})).not.toThrow()
    expect(() => openProfiles({HOME: 'relative', XDG_CONFIG_HOME: 'relative'})).not.toThrow()
  })

  test.each<[string, boolean]>([
    ['ci', true],
    ['a.b-c_1', true],
    ['', false],
    ['.', false],
    ['..', false],
    ['../x', false],
    ['a/b', false],
    ['a\\b', false],
    ['__proto__', false],
    ['-x', false],
    ['a'.repeat(64), false],
  ])('are named as files may be: %j %s', (name, right) => expect(isProfileName(name)).toBe(right))
})

describe('of the audit log', () => {
  const point = (sequence: number) => ({sequence, hash: `hash ${sequence}`})
  const memory = (remembered: number | null, pruned: number[] = []): AuditMemory => ({
    pinnedKey: 'key',
    remembered: remembered === null ? null : point(remembered),
    pruned: pruned.map(point),
  })

  test('a profile remembers its key and the heads of each organization', async () => {
    const env = {HOME: home}
    await openProfiles(env).save('a', made('https://a.example'))
    for (const org of ['default', 'constructor']) {
      expect(recallAudit(env, 'a', org)).toEqual(memory(null))
      for (const known of [memory(3), memory(9, [3])]) {
        await rememberAudit(env, 'a', org, known)
        expect(recallAudit(env, 'a', org)).toEqual(known)
      }
    }
  })

  test('without a profile nothing is remembered', async () => {
    await rememberAudit({HOME: home}, 'a', 'default', memory(3))
    for (const name of [null, 'a'])
      expect(recallAudit({HOME: home}, name, 'default')).toEqual({...memory(null), pinnedKey: null})
    expect(readdirSync(home)).toEqual([])
  })

  test.each<[string, AuditMemory, number | null, AuditMemory]>([
    ['the first log', memory(null), null, memory(20)],
    ['a log with the head in it', memory(10), 5, memory(20)],
    ['a log that begins with the head', memory(5), 5, memory(20)],
    ['a log that begins after it', memory(5), 7, memory(20, [5])],
    ['another that begins later still', memory(7, [5]), 9, memory(20, [5, 7])],
  ])('after %s', (_, before, base, after) => {
    expect(afterLog(before, point(20), base === null ? null : point(base))).toEqual(after)
  })

  test.each<[string, AuditMemory, AuditMemory]>([
    ['without the head', memory(20), memory(20)],
    ['with the head', memory(7), memory(10)],
    ['that begins at the head', memory(5), memory(10)],
    ['that ends before the head', memory(11), memory(11)],
    ['with some that were pruned', memory(20, [3, 6, 10]), memory(20, [3])],
  ])('after an archive of 6 to 10 %s', (_, before, after) => {
    expect(afterArchive(before, point(5), point(10))).toEqual(after)
  })
})
