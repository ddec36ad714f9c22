import {isMap, isScalar, LineCounter, parseDocument} from '../command/yaml.ts'
import type {FileEntry, ParsedFile, WrongLine} from './entry.ts'

/**
 * A mapping of keys to texts, in YAML 1.2, of which JSON is a part. Numbers, `true` and `false` are taken as they are written;
 * what is no text (a list, a mapping, nothing) is wrong. No tags, anchors or second document.
 */
export function parseYaml(text: string): ParsedFile {
  const lines = new LineCounter()
  const lineAt = (offset: number) => Math.max(lines.linePos(offset).line, 1)
  const wrongAt = (offset: number, why: string): ParsedFile => ({
    entries: [],
    wrong: [{line: lineAt(offset), why}],
    notes: [],
  })
  if (nestsDeeply(text)) return wrongAt(0, 'nests too deep')
  const document = parseDocument(text, {lineCounter: lines, prettyErrors: false, logLevel: 'error', uniqueKeys: false})
  const [broken] = document.errors
  if (broken !== undefined)
    return wrongAt(broken.pos[0], broken.code === 'MULTIPLE_DOCS' ? 'begins a second document' : 'is no YAML')
  const {contents} = document
  if (contents === null) return {entries: [], wrong: [], notes: []}
  if (!isMap(contents)) return wrongAt(0, 'begins no mapping of keys to texts')
  const entries: FileEntry[] = []
  const wrong: WrongLine[] = []
  for (const {key, value} of contents.items) {
    const line = isScalar(key) ? lineAt(key.range?.[0] ?? 0) : 1
    const problem = isScalar(key) && key.tag === undefined ? problemOf(value) : 'has a key that is no text'
    if (problem !== null) wrong.push({line, why: problem})
    else {
      const {source, value: given} = value as {source?: string; value: unknown}
      entries.push({
        key: String((key as {value: unknown}).value),
        text: typeof given === 'string' ? given : source!,
        line,
      })
    }
  }
  return {entries, wrong, notes: []}
}

/** The library's own composer goes as deep as the text does: to here it comes in any case. */
const DEEPEST = 200

function nestsDeeply(text: string): boolean {
  if (new RegExp(`^(?:[ \\t]*[-?:][ \\t]+){${DEEPEST}}`, 'm').test(text)) return true
  let depth = 0
  for (const bracket of text.match(/[[\]{}]/g) ?? []) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1
    if (depth > DEEPEST) return true
  }
  return false
}

function problemOf(value: unknown): string | null {
  if (!isScalar(value)) return value === null ? 'has a key without a value' : 'has a value that is no text'
  if (value.tag !== undefined || value.anchor !== undefined) return 'has a tag or an anchor'
  if (value.value === null) return 'has a key without a value'
  return typeof value.value === 'string' || typeof value.source === 'string' ? null : 'has a value that is no text'
}
