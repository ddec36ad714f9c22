import {expect, test} from 'vitest'
import {table} from '../../../src/lib/output/table.ts'

const rows = [
  ['secrets.set', 'cli-only'],
  ['variables.delete', ''],
]

test.each([
  {to: 'a terminal', terminal: true, text: 'OPERATION         EFFECT\nsecrets.set       cli-only\nvariables.delete'},
  {to: 'a pipe', terminal: false, text: 'secrets.set\tcli-only\nvariables.delete\t'},
])('rows go to $to', async ({terminal, text}) => {
  expect(await table(['operation', 'effect'], rows, terminal)).toBe(text)
})
