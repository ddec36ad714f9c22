import type {FileEntry, ParsedFile, WrongLine} from './entry.ts'

/** Behind `=`, every blank that there is goes away, as with dotenv. */
const BEGIN = /[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[^\S\n]*/y
/** U+2028 and U+2029 end a comment for some, who then read on. */
const NOTHING = /[ \t]*(?:#[^\n\u2028\u2029]*)?(?:\n|$)/y
const REST = /[^\n]*/y

/**
 * The text of an `.env` file, with `\n` at the ends of lines: `KEY=value`, `export` before it, `#` for comments; a value in
 * `'`, `"` or a backquote goes over lines, and within `"` the two characters `\n` and `\r` are a line's end. That is what
 * the package dotenv takes. Where programs read a line differently, it is wrong here: a `#` inside a bare value, text behind a
 * closing quote.
 */
export function parseDotenv(text: string): ParsedFile {
  const entries: FileEntry[] = []
  const wrong: WrongLine[] = []
  const notes: string[] = []
  let at = 0
  let line = 1
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found === null) return null
    at += found[0].length
    line += found[0].split('\n').length - 1
    return found
  }
  const skipLine = (): void => {
    take(REST)
    take(/\n/y)
  }
  while (at < text.length) {
    if (take(NOTHING) !== null) continue
    const began = line
    const [, key] = take(BEGIN) ?? []
    const value = key === undefined ? 'is no KEY=value' : valueAt(text, at)
    if (key === undefined || typeof value === 'string') {
      wrong.push({line: began, why: value as string})
      skipLine()
      continue
    }
    at += value.length
    line += text.slice(at - value.length, at).split('\n').length - 1
    if (take(NOTHING) === null) {
      wrong.push({line: began, why: 'goes on behind the closing quote'})
      skipLine()
      continue
    }
    if (value.escaped) notes.push(`Line ${began} has a backslash before a quote, which is kept, as dotenv does.`)
    entries.push({key, text: value.text, line: began})
  }
  return {entries, wrong, notes}
}

interface Value {
  text: string
  /** How many characters it takes in the file. */
  length: number
  escaped: boolean
}

/** The value that begins there, or what is wrong with it. */
function valueAt(text: string, at: number): Value | string {
  const quote = text[at]
  if (quote === '"' || quote === "'" || quote === '`') return quotedAt(text, at, quote)
  const end = text.indexOf('\n', at)
  const bare = text.slice(at, end === -1 ? text.length : end)
  if (/[\u2028\u2029]/.test(bare)) return 'has a line separator (U+2028, U+2029) outside of quotes'
  const comment = bare.indexOf('#')
  if (comment > 0 && !/[ \t]/.test(bare[comment - 1]!))
    return 'has a # in a value without quotes: put the value in quotes'
  const value = (comment === -1 ? bare : bare.slice(0, comment)).trimEnd()
  return {text: value, length: value.length, escaped: false}
}

function quotedAt(text: string, at: number, quote: string): Value | string {
  let end = at + 1
  while (end < text.length && text[end] !== quote) end += text[end] === '\\' && text[end + 1] === quote ? 2 : 1
  if (end >= text.length) return 'has a quote that does not end'
  const inside = text.slice(at + 1, end)
  const unescaped = quote === '"' ? inside.replaceAll('\\n', '\n').replaceAll('\\r', '\r') : inside
  return {text: unescaped, length: end + 1 - at, escaped: inside.includes(`\\${quote}`)}
}
