import {readdirSync, readFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {expect, test} from 'vitest'
import {textOf} from './documents.ts'

const src = resolve(import.meta.dirname, '../../src')
const sources = readdirSync(src, {recursive: true})
  .map(String)
  .filter((path) => path.endsWith('.ts'))
  .map((path) => readFileSync(join(src, path), 'utf8'))
  .join('\n')

/** The reasons and faults that stand in another place than the sentence around them. */
const filled = /\b(full|failing|unreachable|read-only|overloaded)(?=,)|the file system is read-only|the disk is full/

test('docs/faults.md quotes what the server says', () => {
  const quoted = [...textOf('docs/faults.md').matchAll(/“([^”]+)”/g)].map(([, text]) => text!)
  const parts = quoted
    .flatMap((text) => text.split('…'))
    .flatMap((part) => part.split(filled))
    .map((part) => part?.trim() ?? '')
    .filter((part) => part.length > 3)
  expect(quoted.length).toBeGreaterThan(15)
  expect(parts.filter((part) => !sources.includes(part))).toEqual([])
})
