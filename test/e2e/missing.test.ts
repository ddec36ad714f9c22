import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {type World, world} from '../world/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
  for (const key of ['ONE', 'TWO']) await w.cli(['secret', 'declare', '--scope', 's', key])
})
afterAll(() => w.close())

const setMissing = (values: string) => {
  const path = join(w.folder, 'values.json')
  writeFileSync(path, values)
  return w.cli(['secret', 'set', '--scope', 's', '--missing', '--from-file', path])
}
const missing = async () =>
  (await w.cli(['secret', 'list', '--missing'])).stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t')[1])

describe('secret set --missing', () => {
  test.each([
    ['a key that was not declared', '{"ONE": "canary-a", "OTHER": "canary-b"}', 2],
    ['what is no JSON', 'canary-c', 2],
    ['a list', '["canary-d"]', 2],
    ['a value that is no text', '{"ONE": 31337}', 2],
    ['half a surrogate pair', '{"ONE": "canary-e\\ud800"}', 2],
    ['an empty value', '{"ONE": ""}', 1],
  ])('refuses %s, repeats nothing and writes nothing', async (_, values, code) => {
    const ran = await setMissing(values)
    expect(ran.code).toBe(code)
    expect(ran.stdout + ran.stderr).not.toMatch(/canary|31337/)
    expect(await missing()).toEqual(['ONE', 'TWO'])
  })

  test('sets what the file has, and leaves the rest declared', async () => {
    expect((await setMissing('{"TWO": "second"}')).stdout).toMatch(/^Set TWO in s: version 1, 6 bytes, /)
    expect(await missing()).toEqual(['ONE'])
  })
})
