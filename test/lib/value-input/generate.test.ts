import * as fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {FEWEST, formOf, generate, MOST} from '../../../src/lib/value-input/generate.ts'

const size = fc.integer({min: FEWEST, max: MOST})
const text = (form: string) => generate(formOf(form)).toString()

describe('makes', () => {
  test('as many bytes as asked, as hex digits', () => {
    fc.assert(fc.property(size, (n) => new RegExp(`^[0-9a-f]{${2 * n}}$`).test(text(`hex:${n}`))))
  })

  test('as many bytes as asked, as base64 with its padding', () => {
    fc.assert(
      fc.property(size, (n) => {
        const made = text(`base64:${n}`)
        const bytes = Buffer.from(made, 'base64')
        return bytes.length === n && bytes.toString('base64') === made
      }),
    )
  })

  test('as many letters and digits as asked', () => {
    fc.assert(fc.property(size, (n) => new RegExp(`^[A-Za-z0-9]{${n}}$`).test(text(`alnum:${n}`))))
  })

  test('a UUID of version 4', () => {
    expect(text('uuid')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  test.each(['hex:8', 'base64:8', 'alnum:8', 'uuid'])('another value each time: %s', (form) => {
    expect(new Set(Array.from({length: 1000}, () => text(form))).size).toBe(1000)
  })

  test('every letter and digit about as often as each other', () => {
    // A byte modulo 62 gives 8 of the 62 a quarter more than the rest: far beyond these bounds, which chance meets.
    const counts = new Map<string, number>()
    for (let round = 0; round < 500; round += 1)
      for (const letter of text('alnum:1024')) counts.set(letter, (counts.get(letter) ?? 0) + 1)
    const mean = (500 * 1024) / 62
    expect(counts.size).toBe(62)
    for (const count of counts.values()) expect(Math.abs(count / mean - 1)).toBeLessThan(0.1)
  })
})

test.each([
  'hex',
  'hex:',
  `hex:${FEWEST - 1}`,
  `hex:${MOST + 1}`,
  `base64:${MOST + 1}`,
  `alnum:${MOST + 1}`,
  'hex:32 ',
  'hex:-32',
  'hex:3.2',
  'hex:99999',
  'HEX:32',
  'uuid:4',
  'base64url:32',
  'hunter2',
  '',
])('%j is no form, and the refusal lists the forms without repeating it', (form) => {
  expect(() => formOf(form)).toThrowError(
    expect.objectContaining({code: 'usage', facts: {next: expect.stringMatching(/hex:32.*base64:32.*alnum:24.*uuid/)}}),
  )
  expect(() => formOf(form)).not.toThrowError(/hunter2/)
})
