import {existsSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {expect, test} from 'vitest'
import {once} from '../setup/once.ts'

test('what PostgreSQL leaves out is there to be left out', () => {
  const root = resolve(import.meta.dirname, '../..')
  expect(once.filter((path) => !existsSync(join(root, path)))).toEqual([])
})
