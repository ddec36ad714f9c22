import {readdirSync, readFileSync} from 'node:fs'
import {join, resolve} from 'node:path'

export const root = resolve(import.meta.dirname, '../..')

/** Every document, by its path from the root. */
export const documents: string[] = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), {recursive: true})
    .map((name) => join('docs', String(name)))
    .filter((name) => name.endsWith('.md')),
]

export const textOf = (document: string): string => readFileSync(join(root, document), 'utf8')

/** The rows of the table whose heading row has these cells; a row is its cells. */
export function tableOf(markdown: string, headings: readonly string[]): string[][] {
  const cells = (line: string) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim())
  const lines = markdown.split('\n')
  const start = lines.findIndex((line) => line.startsWith('|') && cells(line).join('|') === headings.join('|'))
  if (start === -1) throw new Error(`no table with the headings ${headings.join(', ')}`)
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'))
  return lines.slice(start + 2, end).map(cells)
}

/** What stands between backticks. */
export const coded = (text: string): string[] => [...text.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!)
