import {expect, test} from 'vitest'
import {textOf} from './documents.ts'

const usages = [...textOf('README.md').matchAll(/^USAGE\n((?: {2}.*\n)+)/gm)].map(([, lines]) => lines!)

test('README.md shows how each command is typed, with flags that exclude each other together and none of them empty', () => {
  expect(usages.length).toBeGreaterThan(80)
  for (const usage of usages) {
    expect(usage).not.toMatch(/\|\s*\||\[\s*\||\|\s*\]/)
    // Once each: a flag that stands in two groups would seem to be two.
    const flags = usage.match(/--[a-z-]+/g) ?? []
    expect(flags).toEqual([...new Set(flags)])
  }
})
