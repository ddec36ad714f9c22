import {randomBytes} from 'node:crypto'
import {readFileSync} from 'node:fs'
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {openValue, type Place, sealValue} from '../../src/formats/sealed-value.ts'

interface Vector {
  dataKey: string
  dataKeyId: number
  nonce: string
  place: Place
  valueHex: string
  sealedHex: string
}
const file = new URL('../vectors/sealed-value.json', import.meta.url)
const {vectors} = JSON.parse(readFileSync(file, 'utf8')) as {vectors: Vector[]}
const hex = (text: string) => Buffer.from(text, 'hex')

describe('a sealed value', () => {
  test.each(vectors)('is what the vector for $place.scope $place.key says', (v) => {
    const sealed = sealValue(hex(v.dataKey), v.dataKeyId, hex(v.nonce), v.place, hex(v.valueHex))
    expect(sealed.toString('hex')).toBe(v.sealedHex)
    const ids: number[] = []
    const opened = openValue(
      (id) => {
        ids.push(id)
        return hex(v.dataKey)
      },
      v.place,
      sealed,
    )
    expect([opened.toString('hex'), ids]).toEqual([v.valueHex, [v.dataKeyId]])
  })

  const key = randomBytes(32)
  const place: Place = {org: 'a', kind: 'secret', scope: 'b/c', key: 'd', version: 1}
  const sealed = () => sealValue(key, 1, randomBytes(12), place, Buffer.from('hunter2'))

  test.each<[string, Partial<Place>]>([
    ['organization', {org: 'b'}],
    ['kind', {kind: 'variable'}],
    ['scope', {scope: 'b'}],
    ['key', {key: 'D'}],
    ['version', {version: 2}],
    ['scope and key that join alike', {scope: 'b', key: 'c/d'}],
  ])('opens for no other %s', (_, other) => {
    expect(() => openValue(() => key, {...place, ...other}, sealed())).toThrow('does not open')
  })

  test('opens for nothing when any one bit is another', () => {
    const good = sealed()
    for (let bit = 0; bit < good.length * 8; bit += 1) {
      const bad = Buffer.from(good)
      bad[bit >> 3]! ^= 1 << (bit & 7)
      // The key's id is not part of the seal: it only says which key to try.
      if (bit >= 8 && bit < 40) continue
      expect(() => openValue(() => key, place, bad)).toThrow()
    }
  })

  test('gives back any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 2000}), (bytes) => {
        const opened = openValue(() => key, place, sealValue(key, 9, randomBytes(12), place, bytes))
        expect(opened.equals(bytes)).toBe(true)
      }),
    )
  })
})
