import {parseDotenv} from '../value-file/dotenv.ts'

/**
 * A line of an `.env` file that is read back as this text; null: there is none. Each way to quote holds what the others do not,
 * so they are tried, the plainest first, by the parser that reads such files.
 */
export function dotenvText(key: string, text: string): string | null {
  const written = text.replaceAll('\r', '\\r').replaceAll('\n', '\\n')
  const tries = [
    ...(/^[A-Za-z0-9_./:@%+,=-]+$/.test(text) ? [text] : []),
    `'${text}'`,
    `"${text}"`,
    `"${written}"`,
    `\`${text}\``,
    text,
  ]
  const found = tries.find((value) => isReadAs(text, `${key}=${value}`))
  return found === undefined ? null : `${key}=${found}`
}

/** Also with something of every kind behind it, since a quote may end later than it seems. */
const FOLLOWING = `\nA="'\`"\nB='x'\nC=\`x\`\n`

function isReadAs(text: string, line: string): boolean {
  if (line.includes('\r') || line.includes('\0')) return false
  const {entries, wrong, notes} = parseDotenv(`${line}${FOLLOWING}`)
  return wrong.length === 0 && notes.length === 0 && entries.length === 4 && entries[0]!.text === text
}
