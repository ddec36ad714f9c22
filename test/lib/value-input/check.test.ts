import * as fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {PosternError} from '../../../src/client/error.ts'
import {fingerprint} from '../../../src/formats/fingerprint.ts'
import {check} from '../../../src/lib/value-input/check.ts'
import type {Source} from '../../../src/lib/value-input/choose.ts'
import {trim} from '../../../src/lib/value-input/trim.ts'

const plain: Source = {mode: 'stdin', trims: true, binary: false, allowEmpty: false, fingerprint: null}
const MIB = 1024 * 1024

/** What becomes of the bytes that were read. */
function outcome(given: Buffer | string, source: Partial<Source> = {}) {
  const whole = {...plain, ...source} as Source
  const {bytes, dropped} = trim(Buffer.from(given as string), whole)
  try {
    return {bytes, dropped, notices: check(bytes, dropped, whole)}
  } catch (error) {
    if (error instanceof PosternError) return {code: error.code, text: JSON.stringify(error)}
    throw error
  }
}

describe('trims', () => {
  test.each<[string, string, string, 'LF' | 'CRLF' | null]>([
    ['nothing', 'a', 'a', null],
    ['an LF', 'a\n', 'a', 'LF'],
    ['a CRLF', 'a\r\n', 'a', 'CRLF'],
    ['one of two LFs', 'a\n\n', 'a\n', 'LF'],
    ['no lone CR', 'a\r', 'a\r', null],
    ['no LF CR', 'a\n\r', 'a\n\r', null],
    ['the CRLF of CR CRLF', 'a\r\r\n', 'a\r', 'CRLF'],
    ['no blanks', ' a \t\n', ' a \t', 'LF'],
    ['a lone LF to nothing', '\n', '', 'LF'],
    ['nothing of nothing', '', '', null],
  ])('%s', (_, given, bytes, dropped) => {
    const trimmed = trim(Buffer.from(given), {trims: true})
    expect([trimmed.bytes.toString(), trimmed.dropped]).toEqual([bytes, dropped])
    expect(trim(Buffer.from(given), {trims: false})).toEqual({bytes: Buffer.from(given), dropped: null})
  })

  test('any bytes come back when what was dropped is put back', () => {
    const ends = {LF: '\n', CRLF: '\r\n'}
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom('', '\n', '\r\n', '\r', '\n\n'), (start, end) => {
        const given = Buffer.concat([start, Buffer.from(end)])
        const {bytes, dropped} = trim(given, {trims: true})
        expect(Buffer.concat([bytes, Buffer.from(dropped === null ? '' : ends[dropped])])).toEqual(given)
        expect(dropped === null).toBe(given.at(-1) !== 0x0a)
      }),
    )
  })
})

describe('accepts', () => {
  test.each<[string, Buffer | string, Partial<Source>, RegExp | null]>([
    ['text', 'hunter2', {}, null],
    ['1 MiB', Buffer.alloc(MIB, 'a'), {}, null],
    ['1 MiB and its newline', Buffer.concat([Buffer.alloc(MIB, 'a'), Buffer.from('\r\n')]), {}, null],
    ['nothing, if allowed', '', {allowEmpty: true}, null],
    ['NUL, which is UTF-8', 'a\0b', {}, null],
    ['any bytes as binary', Buffer.from([0xff, 0xfe, 0]), {binary: true, trims: false}, null],
    ['a byte order mark, and says so', '\uFEFFx', {}, /byte order mark/],
    ['a PEM key, and says that its newline went', '-----BEGIN X-----\nabc\n-----END X-----\n', {}, /--no-trim/],
    ['a PEM key whose newline stays, silently', '-----BEGIN X-----\n', {trims: false}, null],
    ['what has the fingerprint', 'hunter2\n', {fingerprint: fingerprint(Buffer.from('hunter2'))}, null],
  ])('%s', (_, given, source, notice) => {
    const {notices} = outcome(given, source)
    expect(notices).toEqual(notice === null ? [] : [expect.stringMatching(notice)])
  })
})

describe('refuses', () => {
  const of = (text: string) => ({fingerprint: fingerprint(Buffer.from(text))})
  test.each<[string, Buffer | string, Partial<Source>, string, RegExp]>([
    ['nothing', '', {}, 'value_refused', /--allow-empty/],
    ['a newline alone', '\n', {}, 'value_refused', /--allow-empty/],
    ['nothing as binary', '', {binary: true, trims: false}, 'value_refused', /--allow-empty/],
    ['more than 1 MiB', Buffer.alloc(MIB + 1, 'a'), {}, 'value_refused', /1 MiB/],
    ['bytes that are no UTF-8', Buffer.from('hunter2\xff', 'latin1'), {}, 'value_refused', /--binary/],
    ['a lone surrogate', Buffer.from([0xed, 0xa0, 0x80]), {}, 'value_refused', /--binary/],
    ['a fingerprint of something else', 'hunter2\n', of('x'), 'fingerprint_mismatch', /written\."/],
    ['one with its newline', 'hunter2\n', of('hunter2\n'), 'fingerprint_mismatch', /--no-trim keeps/],
    ['one with its CRLF', 'hunter2\r\n', of('hunter2\r\n'), 'fingerprint_mismatch', /--no-trim keeps/],
    ['one with a newline more', 'hunter2', of('hunter2\n'), 'fingerprint_mismatch', /With a trailing newline/],
    ['one without it', 'hunter2\n', {...of('hunter2'), trims: false}, 'fingerprint_mismatch', /Without its trailing/],
    ['one with two less', 'hunter2\n\n', of('hunter2'), 'fingerprint_mismatch', /Without its trailing/],
  ])('%s', (_, given, source, code, text) => {
    const refused = outcome(given, source)
    expect(refused.code).toBe(code)
    expect(refused.text).toMatch(text)
    expect(refused.text).not.toContain('hunter2')
    expect(refused.text).not.toMatch(/[0-9a-f]{16}/)
  })
})
