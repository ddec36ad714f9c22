import {expect, test} from 'vitest'
import {nearest} from '../../src/contract/nearest.ts'

const words = ['secrets.set', 'secrets.delete', 'secrets.declare', 'variables.set', 'lock', 'get']

test.each<[string, string | null]>([
  ['secret.set', 'secrets.set'],
  ['secrets.st', 'secrets.set'],
  ['SECRETS.SET', 'secrets.set'],
  ['secrest.set', 'secrets.set'],
  ['variable.set', 'variables.set'],
  ['lokc', 'lock'],
  ['gte', 'get'],
  ['key', null],
  ['hunter2', null],
  ['', null],
  ['secrets.set'.repeat(1000), null],
])('%j means %j', (typed, meant) => {
  expect(nearest(typed, words)).toBe(meant)
})
