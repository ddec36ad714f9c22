import {expect, test} from 'vitest'
import * as limits from '../../src/contract/limits.ts'
import * as names from '../../src/contract/name-rules.ts'
import {isProblemCode} from '../../src/contract/problems.ts'
import {tableOf, textOf} from './documents.ts'
import {table} from './limits.ts'

test('docs/limits.md lists every limit with its value and what is answered beyond it', () => {
  const rows = tableOf(textOf('docs/limits.md'), ['limit', 'value', 'beyond it', 'what to do'])
  expect(rows.map((row) => row.slice(0, 3))).toEqual(
    table.map(({limit, value, code}) => [limit, value, code === '–' ? code : `\`${code}\``]),
  )
  for (const [limit, , , todo] of rows) expect(todo, limit).not.toBe('')
})

test('no limit of the contract is left out', () => {
  const used = textOf('test/docs/limits.ts')
  const named = [...Object.keys(limits), ...Object.keys(names).filter((name) => name.startsWith('MAX_'))]
  expect(named.filter((name) => !used.includes(`.${name}`))).toEqual([])
})

test.each(table)('$limit is tried at its edge, in $tried.file', ({code, tried}) => {
  expect(code === '–' || isProblemCode(code)).toBe(true)
  expect(textOf(tried.file)).toContain(tried.words)
})
