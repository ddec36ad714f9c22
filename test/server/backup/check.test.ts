import {readdirSync, readFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {gunzipSync} from 'node:zlib'
import {Decrypter} from 'age-encryption'
import fc from 'fast-check'
import {beforeAll, describe, expect, test} from 'vitest'
import {decrypted} from '../../../src/lib/backup/encryption.ts'
import {checkBackup} from '../../../src/server/backup/check.ts'
import {textOf} from '../../docs/documents.ts'

const vector = readFileSync(join(import.meta.dirname, '../../vectors/backup.age'))
const identity = /AGE-SECRET-KEY-1[0-9A-Z]+/.exec(textOf('docs/formats/backup.md'))![0]
let lines: string[]
beforeAll(async () => {
  const decrypter = new Decrypter()
  decrypter.addIdentity(identity)
  lines = gunzipSync(await decrypter.decrypt(vector))
    .toString('utf8')
    .split('\n')
    .slice(0, -1)
})

async function* of(...parts: Uint8Array[]) {
  yield* parts
}

const asked = {data: '/nowhere', rootKeyFile: undefined, version: '0.1.0'}
const check = (file: Uint8Array) => checkBackup({...asked, bytes: decrypted(of(file), {identities: [identity]})})

describe('a backup of the first release', () => {
  test('holds for today’s program, which brings it up to date', async () => {
    expect(await check(vector)).toMatchObject({
      header: {rootKeyId: '3ff204802192425e', schema: '0003-named-since'},
      hasRootKey: true,
      rows: 22,
      logs: [{org: 'default', head: 6, breaks: []}],
      values: {total: 3, stuck: []},
    })
  })
})

describe('a file that was damaged anywhere', () => {
  const scratches = () => readdirSync(tmpdir()).filter((name) => name.startsWith('postern-check-'))

  test('is refused, and nothing stays behind', async () => {
    const before = scratches()
    await fc.assert(
      fc.asyncProperty(fc.nat({max: vector.length - 1}), fc.integer({min: 1, max: 255}), async (at, change) => {
        const damaged = Buffer.from(vector)
        damaged[at]! ^= change
        await expect(check(damaged)).rejects.toMatchObject({
          message: expect.stringMatching(/damaged or cut|None of the identities/),
        })
      }),
    )
    expect(scratches()).toEqual(before)
  })

  test('or cut, likewise', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({max: vector.length - 1}), async (end) => {
        await expect(check(vector.subarray(0, end))).rejects.toThrow('damaged or cut')
      }),
    )
  })
})

describe('a backup that nobody wrote', () => {
  /** The lines as changed, with a trailer that fits them. */
  async function trying(change: (line: string, index: number) => string[]): Promise<unknown> {
    const {createHash} = await import('node:crypto')
    const body = lines.slice(0, -1).flatMap(change)
    const text = body.map((line) => `${line}\n`).join('')
    const rows: Record<string, number> = {}
    let table = ''
    for (const line of body.slice(1)) {
      const value = JSON.parse(line)
      if (Array.isArray(value)) rows[table]! += 1
      else {
        table = value.table
        rows[table] = 0
      }
    }
    const trailer = JSON.stringify({rows, sha256: createHash('sha256').update(text).digest('hex')})
    return checkBackup({...asked, bytes: of(Buffer.from(`${text}${trailer}\n`))})
  }
  const inSection = (name: string, change: (line: string) => string[]) => {
    let section = ''
    return (line: string) => {
      section = /^\{"table":"(\w+)"/.exec(line)?.[1] ?? section
      return section === name ? change(line) : [line]
    }
  }

  test('as it is, it holds', async () => {
    expect(await trying((line) => [line])).toMatchObject({rows: 22})
  })

  test('of an earlier schema, it holds and is brought up to date', async () => {
    const later = 3
    const earlier = inSection('entries', (line) =>
      line.startsWith('[')
        ? [JSON.stringify(JSON.parse(line).slice(0, -later))]
        : [line.replace(',"named_at","read_before_at","read_before_by"', '')],
    )
    const checked = await trying((line) => earlier(line.replace('"0003-named-since"', '"0002-administration"')))
    expect(checked).toMatchObject({header: {schema: '0002-administration'}, values: {total: 3, stuck: []}})
  })

  test.each<[string, () => (line: string, index: number) => string[], RegExp]>([
    ['lacks a table', () => inSection('policy_rules', () => []), /damaged/],
    [
      'has a table that does not go into one',
      () => inSection('roles', (line) => [line, line.replace('roles', 'sessions')]),
      /damaged/,
    ],
    ['lacks a column', () => inSection('scopes', (line) => [line.replace('"created_by"', '"made_by"')]), /damaged/],
    ['has a row twice', () => inSection('tokens', (line) => (line.startsWith('[') ? [line, line] : [line])), /damaged/],
    ['has a row of no organization', () => inSection('scopes', (line) => [line.replace('[1,', '[7,')]), /damaged/],
    ['is of a schema to come', () => (line) => [line.replace('"0003-named-since"', '"9999-later"')], /newer Postern/],
  ])('%s: it is refused', async (_, change, says) => {
    await expect(trying(change())).rejects.toThrow(says)
  })
})
