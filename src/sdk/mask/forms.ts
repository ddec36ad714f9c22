import {Buffer, isUtf8} from 'node:buffer'
import {MOST, WINDOW} from './automaton.ts'

/**
 * A text that is masked, a character a byte (latin1): the first `MOST` of them, and the whole where that is longer. Of a long
 * value the whole is made when its beginning was seen, which mostly never happens.
 */
export interface Form {
  head: string
  whole: (() => string) | null
}

/** A way to write bytes. What it writes of the first bytes begins what it writes of all, but for a tail of a few characters. */
type Writing = (bytes: Buffer) => string

/** So many bytes of a value give `MOST` characters in every writing that is asked for its beginning alone. */
const HEAD = MOST + 64

/**
 * The texts in which a value may show: as it is and without the space around it, both also in base64 (also within a longer
 * text), percent-encoded and as in JSON; and each line of it. Of those, what has fewer than `WINDOW` bytes is left out.
 */
export function formsOf(value: Buffer): Form[] {
  if (value.length < WINDOW) return []
  const writings = isUtf8(value) ? [...anyBytes, ...texts] : anyBytes
  const lines = linesOf(value).map((line) => formOf(line, latin1))
  const whole = wholesOf(value).flatMap((bytes) => writings.map((writing) => formOf(bytes, writing)))
  return [...whole, ...lines].filter(({head}) => head.length >= WINDOW)
}

/** As it is, and without the space around it, which most programs take away before they write it in some other way. */
function wholesOf(value: Buffer): Buffer[] {
  const text = value.toString('latin1')
  const trimmed = without(' \t\r\n', text)
  return trimmed === text || trimmed.length < WINDOW ? [value] : [value, Buffer.from(trimmed, 'latin1')]
}

/** A text without such characters at its ends. A pattern would look at each of them within the text as often as it has neighbours. */
function without(space: string, text: string): string {
  let [from, to] = [0, text.length]
  while (from < to && space.includes(text[from]!)) from += 1
  while (to > from && space.includes(text[to - 1]!)) to -= 1
  return text.slice(from, to)
}

function formOf(value: Buffer, writing: Writing): Form {
  if (value.length <= 4 * HEAD) {
    const whole = writing(value)
    return {head: whole.slice(0, MOST), whole: whole.length <= MOST ? null : () => whole}
  }
  return {head: writing(wholeCharacters(value.subarray(0, HEAD))).slice(0, MOST), whole: () => writing(value)}
}

/** Without the beginning of a character at the end, if it is UTF-8: such a character has at most three bytes of it here. */
function wholeCharacters(bytes: Buffer): Buffer {
  for (const less of [0, 1, 2, 3])
    if (isUtf8(bytes.subarray(0, bytes.length - less))) return bytes.subarray(0, bytes.length - less)
  return bytes
}

const latin1: Writing = (bytes) => bytes.toString('latin1')

/** Lines without the space around them, by which they are laid out elsewhere; one of a value that is one line. */
function linesOf(value: Buffer): Buffer[] {
  const text = value.toString('latin1')
  const lines = text.split(/[\r\n]+/).map((line) => without(' \t', line))
  return lines.filter((line) => line !== text).map((line) => Buffer.from(line, 'latin1'))
}

/** What all text in base64 has in common that holds the value after as many bytes as `before`, modulo 3. */
const base64Within = (before: number): Writing => {
  const first = Math.ceil((before * 8) / 6)
  return (bytes) => base64After(before, bytes).slice(first, Math.floor(((before + bytes.length) * 8) / 6))
}

/** The same, where the value is the last. */
const base64Last = (before: number): Writing => {
  const first = Math.ceil((before * 8) / 6)
  return (bytes) => base64After(before, bytes).slice(first)
}

const base64After = (before: number, bytes: Buffer): string =>
  Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')

/** In lines, as base64(1), openssl and mail have it. */
const inLines =
  (width: number, end: string): Writing =>
  (bytes) =>
    bytes.toString('base64').replace(new RegExp(`.{${width}}(?=.)`, 'g'), `$&${end}`)

const withoutPadding =
  (writing: Writing): Writing =>
  (bytes) =>
    writing(bytes).replace(/=+$/, '')

const urlSafe =
  (writing: Writing): Writing =>
  (bytes) =>
    writing(bytes).replaceAll('+', '-').replaceAll('/', '_')

const inBase64: Writing[] = [0, 1, 2].flatMap((before) => {
  const writings = [base64Within(before), base64Last(before), withoutPadding(base64Last(before))]
  return [...writings, ...writings.map(urlSafe)]
})
const inBase64Lines: Writing[] = [inLines(76, '\n'), inLines(64, '\n'), inLines(76, '\r\n')]

/** Each byte as `%41`, but for those whose character `plain` is. */
const percent =
  (plain: RegExp, space = '%20'): Writing =>
  (bytes) =>
    bytes
      .toString('latin1')
      .replace(/[^A-Za-z0-9]/g, (c) => (plain.test(c) ? c : c === ' ' ? space : `%${hex(c.charCodeAt(0), 2)}`))

const hex = (number: number, width: number): string => number.toString(16).toUpperCase().padStart(width, '0')

const lowerCase =
  (writing: Writing, escapes: RegExp): Writing =>
  (bytes) =>
    writing(bytes).replace(escapes, (text) => text.toLowerCase())

// As RFC 3986, encodeURIComponent, forms and encodeURI have it: they differ in what they leave as it is.
const percentEncoded: Writing[] = [
  percent(/[-._~]/),
  percent(/[-_.!~*'()]/),
  percent(/[*\-._]/, '+'),
  percent(/[-_.!~*'();/?:@&=+$,#]/),
].flatMap((writing) => [writing, lowerCase(writing, /%../g)])

/** What stands between the quotes, in UTF-8. */
const json: Writing = (bytes) => Buffer.from(JSON.stringify(bytes.toString()).slice(1, -1)).toString('latin1')

/** Also with what some writers escape: all that is not ASCII, slashes, what HTML would take for its own. */
const jsonWith =
  (escaped: RegExp, as: (unit: string) => string): Writing =>
  (bytes) =>
    Buffer.from(JSON.stringify(bytes.toString()).slice(1, -1).replace(escaped, as)).toString('latin1')

const unit = (c: string): string => `\\u${hex(c.charCodeAt(0), 4)}`
const lowerUnit = (c: string): string => `\\u${hex(c.charCodeAt(0), 4).toLowerCase()}`

const inJson: Writing[] = [
  json,
  jsonWith(/[^\0-\x7f]/g, lowerUnit),
  jsonWith(/[^\0-\x7f]/g, unit),
  jsonWith(/\//g, () => '\\/'),
  jsonWith(/\/|[^\0-\x7f]/g, (c) => (c === '/' ? '\\/' : lowerUnit(c))),
  jsonWith(/[<>&\u2028\u2029]/g, lowerUnit),
]

const anyBytes: Writing[] = [latin1, ...inBase64, ...inBase64Lines, ...percentEncoded]
const texts: Writing[] = inJson
