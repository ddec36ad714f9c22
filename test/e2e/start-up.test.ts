import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {type World, world} from '../world/world.ts'

let here: World
beforeAll(async () => {
  here = await world()
})
afterAll(() => here.close())

/** What of Node a run has loaded by its end. */
async function loadedBy(...argv: string[]): Promise<string[]> {
  const [hook, list] = [join(here.folder, 'hook.cjs'), join(here.folder, 'list')]
  writeFileSync(
    hook,
    `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(list)}, process.moduleLoadList.join('\\n')))`,
  )
  const {code, stderr} = await here.cli(argv, {stdin: 'abc', env: {NODE_OPTIONS: `--require ${hook}`}})
  expect(code, stderr).toBe(0)
  return readFileSync(list, 'utf8').split('\n')
}

const set = ['secret', 'set', '--scope', 'production', 'DB']

test('a set loads https, but not undici, HTTP/2 or web streams, each of which takes long', async () => {
  const loaded = await loadedBy(...set)
  expect(loaded).toContain('NativeModule https')
  expect(loaded.filter((name) => /undici|http2|webstreams\/readable/.test(name))).toEqual([])
})

test('a dry run loads no network protocol', async () => {
  const loaded = await loadedBy(...set, '--dry-run')
  expect(loaded).toContain('NativeModule crypto')
  expect(loaded.filter((name) => /https?$|tls|child_process/.test(name))).toEqual([])
})
