import {createRequire} from 'node:module'
import * as fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {isNamePattern} from '../../../src/contract/name-rules.ts'
import {likePattern} from '../../../src/server/values/filters.ts'

const {DatabaseSync} = createRequire(import.meta.url)(
  '@photostructure/sqlite',
) as typeof import('@photostructure/sqlite')
const statement = new DatabaseSync(':memory:').prepare("select lower(?) like ? escape '\\' as found")
const finds = (pattern: string, name: string) =>
  (statement.get(name, likePattern(pattern)) as {found: number}).found === 1

/** What a glob means, in the plainest words. */
function matchesGlob(glob: string, name: string): boolean {
  if (glob === '') return name === ''
  if (glob[0] === '*') return matchesGlob(glob.slice(1), name) || (name !== '' && matchesGlob(glob, name.slice(1)))
  return name !== '' && (glob[0] === '?' || glob[0] === name[0]) && matchesGlob(glob.slice(1), name.slice(1))
}

describe('a search', () => {
  test.each([
    ['pass', 'DB_PASSWORD', true],
    ['PASS', 'db_password', true],
    ['_', 'DB_PASSWORD', true],
    ['_', 'PASSWORD', false],
    ['DB_PASSWORD', 'DBXPASSWORD', false],
    ['DB_*', 'DB_PASSWORD', true],
    ['DB_*', 'DBXPASSWORD', false],
    ['DB_*', 'MY_DB_PASSWORD', false],
    ['*_KEY', 'STRIPE_KEY', true],
    ['*_KEY', 'STRIPE_KEY_OLD', false],
    ['K?Y', 'KEY', true],
    ['K?Y', 'KY', false],
    ['*', 'ANY', true],
    ['**', 'ANY', true],
    ['prod*/DB_*', 'production/eu/DB_PASSWORD', true],
  ])('for %j finds %j: %j', (pattern, name, found) => {
    expect(finds(pattern, name)).toBe(found)
  })

  const text = (letters: string) => fc.string({unit: fc.constantFrom(...letters), minLength: 1, maxLength: 8})

  test('finds by a glob what the glob means, in any case', () => {
    fc.assert(
      fc.property(text('aB_?*'), text('abAB_'), (glob, name) => {
        fc.pre(/[*?]/.test(glob))
        expect(finds(glob, name)).toBe(matchesGlob(glob.toLowerCase(), name.toLowerCase()))
      }),
      {numRuns: 1000},
    )
  })

  test('finds by anything else what holds it', () => {
    fc.assert(
      fc.property(text('aB_-./'), text('abAB_-./'), (part, name) => {
        expect(finds(part, name)).toBe(name.toLowerCase().includes(part.toLowerCase()))
      }),
      {numRuns: 1000},
    )
  })

  test('for what no name can hold is none', () => {
    for (const pattern of ['', 'a b', '%', 'a\\', "'", 'é', '[a]', 'a\u0000', '*'.repeat(256)])
      expect(isNamePattern(pattern)).toBe(false)
  })

  test('takes no longer for many stars: what would take a backtracking matcher for ever ends', () => {
    expect(finds(`${'a*'.repeat(120)}b`, 'a'.repeat(255))).toBe(false)
    expect(finds(`${'?*'.repeat(120)}b`, 'a'.repeat(255))).toBe(false)
  })
})
