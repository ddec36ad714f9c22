import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {type RecoveryShare, readShare, readShareLine, shareLines} from '../../src/formats/recovery-share.ts'

interface Vector {
  rootKey: string
  shares: (Omit<RecoveryShare, 'bytes'> & {bytes: string; lines: string[]})[]
}
const {rootKey, shares} = JSON.parse(
  readFileSync(join(import.meta.dirname, '../vectors/recovery-share.json'), 'utf8'),
) as Vector
const split = shares.filter(({threshold}) => threshold > 1)

test.each(shares)('share $number of the vectors is written and read as it says', ({lines, ...vector}) => {
  const share = {...vector, bytes: Buffer.from(vector.bytes, 'hex')}
  expect(shareLines(share)).toEqual(lines)
  expect(readShare(['Some title', ...lines.map((line) => `    ${line}`), 'A line of text.'].join('\n'))).toEqual(share)
})

/** Multiplication in GF(2^8), as FIPS 197 has it. */
function times(a: number, b: number): number {
  let product = 0
  for (let bit = 0; bit < 8; bit++) {
    if ((b >> bit) & 1) product ^= a
    a = (a << 1) ^ (a & 0x80 ? 0x11b : 0)
  }
  return product
}
const inverse = (a: number) => {
  let power = 1
  for (let n = 0; n < 254; n++) power = times(power, a)
  return power
}

/** Lagrange's interpolation at 0, as the document says it. */
const interpolated = (those: Vector['shares']): string =>
  Buffer.from(
    Array.from({length: 32}, (_, byte) =>
      those.reduce((sum, {x, bytes}) => {
        const others = those.filter((other) => other.x !== x)
        const weight = others.reduce((product, other) => times(product, times(other.x, inverse(other.x ^ x))), 1)
        return sum ^ times(Buffer.from(bytes, 'hex')[byte]!, weight)
      }, 0),
    ),
  ).toString('hex')

test('any three shares of the vectors give the key by the formula of the document, and two do not', () => {
  const triples = fc.shuffledSubarray(split, {minLength: 3, maxLength: 5})
  fc.assert(fc.property(triples, (those) => interpolated(those) === rootKey))
  fc.assert(
    fc.property(fc.shuffledSubarray(split, {minLength: 2, maxLength: 2}), (those) => interpolated(those) !== rootKey),
  )
})

describe('a line', () => {
  const [first] = shares as [Vector['shares'][number]]
  const bytesBefore = (line: number) =>
    first.lines.slice(0, line).reduce((all, text) => Buffer.concat([all, readShareLine(text, all)!]), Buffer.alloc(0))

  test.each<[string, (line: string) => string]>([
    ['in capitals', (line) => line.toUpperCase()],
    ['without blanks', (line) => line.replaceAll(' ', '')],
    ['with hyphens', (line) => line.replaceAll(' ', '-')],
    ['without its letter', (line) => line.slice(3)],
    ['with a full stop behind its letter', (line) => `${line[0]}. ${line.slice(3)}`],
    ['with letters for digits', (line) => line.replaceAll('0', 'O').replaceAll('1', 'l')],
  ])('is taken %s', (_, typed) => {
    for (const [at, line] of first.lines.entries())
      expect(readShareLine(typed(line), bytesBefore(at))).toEqual(readShareLine(line, bytesBefore(at)))
  })

  test('that is mistyped in one place is refused nearly always, and told by its letter', () => {
    let missed = 0
    let tried = 0
    for (const [at, line] of first.lines.entries())
      for (let place = 3; place < line.length; place++)
        for (const digit of '0123456789abcdef') {
          if (line[place] === ' ' || line[place] === digit) continue
          const typed = line.slice(0, place) + digit + line.slice(place + 1)
          const read = readShare(first.lines.with(at, typed).join('\n'))
          tried += 1
          if (typeof read === 'object' && 'line' in read && read.line === line[0]) continue
          missed += 1
        }
    expect(tried).toBe(5 * 20 * 15)
    expect(missed / tried).toBeLessThan(1 / 100)
  })

  test('of another share is refused, and one that stands elsewhere', () => {
    const [one, other] = split as [Vector['shares'][number], Vector['shares'][number]]
    for (const at of [1, 2, 3, 4]) {
      const mixed = readShare(one.lines.with(at, other.lines[at]!).join('\n'))
      expect(mixed).toEqual({line: expect.stringMatching(/[B-E]/)})
    }
    expect(readShareLine(one.lines[2]!, bytesBefore(1))).toBeNull()
  })
})

test.each<[string, (lines: string[]) => string[], unknown]>([
  ['nothing', () => [], 'missing'],
  ['four lines', (lines) => lines.slice(1), 'missing'],
  ['two shares', (lines) => [...lines, ...shares[1]!.lines], 'missing'],
])('%s is no share', (_, change, says) => {
  expect(readShare(change(shares[0]!.lines).join('\n'))).toEqual(says)
})

test('any text is read without a fault', () => {
  fc.assert(
    fc.property(fc.array(fc.string({unit: fc.constantFrom(...'ABCDE 0129af-:.\n\r')})), (lines) => {
      const read = readShare(lines.join('\n'))
      return typeof read === 'string' || 'line' in read || read.bytes.length === 32
    }),
  )
})
