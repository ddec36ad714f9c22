import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {gunzipSync} from 'node:zlib'
import {Decrypter} from 'age-encryption'
import fc from 'fast-check'
import {beforeAll, describe, expect, test} from 'vitest'
import {BackupDamage, type BackupItem, backupLines, type Cell, readBackup} from '../../src/formats/backup-file.ts'
import {textOf} from '../docs/documents.ts'

const sealed = readFileSync(join(import.meta.dirname, '../vectors/backup.age'))
let plain: Buffer
beforeAll(async () => {
  const decrypter = new Decrypter()
  decrypter.addIdentity(/AGE-SECRET-KEY-1[0-9A-Z]+/.exec(textOf('docs/formats/backup.md'))![0])
  plain = gunzipSync(await decrypter.decrypt(sealed))
})

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(bytes: Uint8Array, size = 64 * 1024): Promise<BackupItem[]> {
  const items: BackupItem[] = []
  for await (const item of readBackup(inPieces(bytes, size))) items.push(item)
  return items
}

/** The items as the lines that they come from. */
function written(items: readonly BackupItem[]): string {
  const lines = backupLines()
  return items.map((item) => (item.is === 'header' ? lines.header(item.header) : lines.item(item))).join('')
}

describe('the vector', () => {
  test('is read as the document says', async () => {
    const items = await read(plain)
    expect(items[0]).toEqual({
      is: 'header',
      header: {
        program: '0.1.0',
        engine: 'sqlite',
        schema: '0003-named-since',
        rootKeyId: '3ff204802192425e',
        time: '2026-11-26T01:30:51.286Z',
        rootKey: Buffer.from(Array.from({length: 32}, (_, index) => index)).toString('base64url'),
      },
    })
    const tables = items.flatMap((item) => (item.is === 'section' ? [item.section.table] : []))
    expect(tables.slice(0, 2)).toEqual(['organizations', 'keys'])
    expect(items.at(-1)).toMatchObject({is: 'end', rows: {versions: 3, audit: 6, policy_rules: 1}})
  })

  test('is written again byte by byte, from pieces of any size', async () => {
    for (const size of [1, 7, 100, 10_000]) expect(written(await read(plain, size))).toBe(plain.toString('utf8'))
  })
})

const cell = fc.oneof(
  fc.constant(null),
  fc.maxSafeInteger(),
  fc.string({unit: 'binary'}),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
)

test('any cell comes back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(cell), async (cells: Cell[]) => {
      const columns = cells.map((_, index) => `c${'_'.repeat(index)}`)
      const bytes = columns.filter((_, index) => cells[index] instanceof Uint8Array)
      const lines = backupLines()
      const text = [
        lines.header({program: '1', engine: 'sqlite', schema: 's', rootKeyId: 'r', time: 't'}),
        lines.item({is: 'section', section: {table: 'a', columns, bytes, lastId: null}}),
        lines.item({is: 'row', cells}),
        lines.item({is: 'end', rows: {a: 1}}),
      ].join('')
      const items = await read(Buffer.from(text))
      expect(items[2]).toEqual({is: 'row', cells})
    }),
  )
})

describe('what is not the whole of it is refused:', () => {
  test('cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({max: plain.length - 1}), async (end) => {
        await expect(read(plain.subarray(0, end))).rejects.toBeInstanceOf(BackupDamage)
      }),
    )
  })

  test('one byte that is another one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({max: plain.length - 1}), fc.integer({min: 1, max: 255}), async (at, change) => {
        const damaged = Buffer.from(plain)
        damaged[at]! ^= change
        await expect(read(damaged)).rejects.toBeInstanceOf(BackupDamage)
      }),
    )
  })

  test('a line that is gone, twice, or elsewhere', async () => {
    const lines = plain.toString('utf8').split(/(?<=\n)/)
    await fc.assert(
      fc.asyncProperty(fc.nat({max: lines.length - 1}), fc.nat({max: lines.length}), async (from, to) => {
        const gone = lines.filter((_, index) => index !== from)
        const moved = [...gone.slice(0, to), lines[from], ...gone.slice(to)]
        const variants = [gone, [...lines.slice(0, to), lines[from], ...lines.slice(to)]]
        if (moved.join('') !== lines.join('')) variants.push(moved as string[])
        for (const variant of variants)
          await expect(read(Buffer.from(variant.join('')))).rejects.toBeInstanceOf(BackupDamage)
      }),
    )
  })

  test.each<[string, (text: string) => string, BackupDamage['kind']]>([
    ['an empty file', () => '', 'cut'],
    ['a newer format', (text) => text.replace('"format":1', '"format":2'), 'format'],
    ['something else', () => '{"postern":"archive"}\n', 'form'],
    ['a row before its table', (text) => text.replace(/\n/, '\n[1]\n'), 'form'],
    ['a table of a name that is none', (text) => text.replace('"organizations"', '"x; drop"'), 'form'],
    ['a line without an end', () => `{"postern":"${'x'.repeat(5_000_000)}`, 'form'],
  ])('%s', async (_, change, kind) => {
    await expect(read(Buffer.from(change(plain.toString('utf8'))))).rejects.toMatchObject({kind})
  })
})
