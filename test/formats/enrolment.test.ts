import {readFileSync} from 'node:fs'
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {decodeEnrolment, type Enrolment, encodeEnrolment} from '../../src/formats/enrolment.ts'

const file = new URL('../vectors/enrolment.json', import.meta.url)
const vector = JSON.parse(readFileSync(file, 'utf8')) as {enrolment: Enrolment; text: string}

describe('an enrolment string', () => {
  test('is what its vector says', () => {
    expect(encodeEnrolment(vector.enrolment)).toBe(vector.text)
    expect(decodeEnrolment(`${vector.text}\n`)).toEqual(vector.enrolment)
  })

  test('reads back as it was written', () => {
    const any = fc.record({
      url: fc.webUrl(),
      caFingerprint: fc.option(fc.stringMatching(/^[0-9a-f]{64}$/)),
      token: fc.string(),
    })
    fc.assert(
      fc.property(any, (enrolment) => {
        expect(decodeEnrolment(encodeEnrolment(enrolment))).toEqual(enrolment)
      }),
    )
  })

  test('with one character changed, or cut, is none', () => {
    for (let at = 0; at < vector.text.length; at += 1) {
      const other = vector.text[at] === 'A' ? 'B' : 'A'
      expect(decodeEnrolment(vector.text.slice(0, at) + other + vector.text.slice(at + 1))).toBeNull()
      expect(decodeEnrolment(vector.text.slice(0, at))).toBeNull()
    }
  })
})
