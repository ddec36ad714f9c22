import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {fromWire, toWire} from '../../src/client/wire-value.ts'
import {MAX_BODY_BYTES, MAX_VALUE_BYTES} from '../../src/contract/limits.ts'
import {plainValue, wireValue} from '../../src/contract/value.ts'

test.each<[string, Buffer, 'utf8' | 'base64']>([
  ['nothing', Buffer.alloc(0), 'utf8'],
  ['text', Buffer.from('hunter2'), 'utf8'],
  ['text with newlines', Buffer.from('-----BEGIN X-----\nabc\n'), 'utf8'],
  ['text with a byte order mark', Buffer.from('\uFEFFx'), 'utf8'],
  ['bytes', Buffer.from([0xff, 0]), 'base64'],
  ['text that JSON makes longer than base64', Buffer.alloc(64, 0x01), 'base64'],
])('%s', (_, bytes, encoding) => {
  const wire = toWire(bytes)
  expect(wire.encoding).toBe(encoding)
  expect(fromWire(wire)).toEqual(bytes)
})

test('any bytes come back from a schema-checked, serialized body', () => {
  const text = fc.string({unit: 'binary'}).map((t) => Buffer.from(t))
  const bytes = fc.uint8Array({maxLength: 300}).map((b) => Buffer.from(b))
  fc.assert(
    fc.property(fc.oneof(text, bytes), (given) => {
      const sent = JSON.stringify(toWire(given))
      expect(fromWire(plainValue.parse(JSON.parse(sent))).equals(given)).toBe(true)
      const other = JSON.stringify({encoding: 'base64', data: given.toString('base64')})
      expect(Buffer.byteLength(sent)).toBeLessThanOrEqual(Buffer.byteLength(other))
    }),
  )
})

test.each([
  ['of quotes', '"'],
  ['of control characters', '\u0001'],
  ['of text', 'a'],
])('the longest value %s fits into a body', (_, character) => {
  const sent = JSON.stringify(toWire(Buffer.alloc(MAX_VALUE_BYTES, character)))
  expect(wireValue.safeParse(JSON.parse(sent)).success).toBe(true)
  expect(Buffer.byteLength(sent)).toBeLessThan(MAX_BODY_BYTES)
})
