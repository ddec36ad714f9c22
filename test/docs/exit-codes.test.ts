import {expect, test} from 'vitest'
import {problems} from '../../src/contract/problems.ts'
import {coded, tableOf, textOf} from './documents.ts'

const entries = Object.entries(problems)

test('the README lists every exit status with its codes', () => {
  const listed = tableOf(textOf('README.md'), ['exit', 'meaning', 'codes'])
  const byExit = new Map<number, string[]>([[0, []]])
  for (const [code, {exit}] of entries) byExit.set(exit, [...(byExit.get(exit) ?? []), code])
  const expected = [...byExit].sort(([a], [b]) => a - b)
  expect(listed.map(([exit, , codes]) => [Number(exit), coded(codes!)])).toEqual(expected)
})

test('docs/exit-codes.md lists every code with its statuses', () => {
  expect(tableOf(textOf('docs/exit-codes.md'), ['code', 'HTTP', 'exit', 'what'])).toEqual(
    entries.map(([code, {status, exit, title}]) => [`\`${code}\``, String(status ?? '–'), String(exit), title]),
  )
})
