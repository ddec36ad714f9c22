import {PassThrough} from 'node:stream'
import {describe, expect, test} from 'vitest'
import {valueText, writeValue} from '../../../src/lib/output/value.ts'

test.each<[string, string, string]>([
  ['a text', 'hunter2', 'hunter2'],
  ['a text of other letters', 'pässwörd 密', 'pässwörd 密'],
  ['several lines', 'a\r\n\tb\n', 'a\r\n\tb\n'],
  ['nothing', '', ''],
  ['a title and a cleared screen', 'evil\u001b]0;pwn\u0007\u001b[2J', '"evil\\u001b]0;pwn\\u0007\\u001b[2J"'],
  ['what covers a line', 'seen\rhidden', '"seen\\rhidden"'],
  ['what turns around', 'a\u202eb', '"a\\u202eb"'],
])('%s is shown so that a terminal acts on none of it', (_, text, expected) => {
  expect(valueText(Buffer.from(text), {lines: true})).toBe(expected)
})

describe('a value', () => {
  const written = (bytes: Buffer, stdoutIsTerminal: boolean) => {
    const stdout = new PassThrough()
    writeValue(bytes, {stdout, stdoutIsTerminal})
    return stdout.read() as Buffer
  }

  test('goes to a pipe byte by byte', () => {
    const bytes = Buffer.from([0, 27, 91, 50, 74, 255])
    expect(written(bytes, false)).toEqual(bytes)
  })

  test('goes to a terminal with a newline; bytes that are no text in base64', () => {
    expect(String(written(Buffer.from('a'), true))).toBe('a\n')
    expect(String(written(Buffer.from([255]), true))).toBe('base64:/w==\n')
  })
})
