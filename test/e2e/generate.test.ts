import {afterAll, beforeAll, expect, test} from 'vitest'
import {onTerminal} from '../world/terminal.ts'
import {succeed, type World, world} from '../world/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w?.close())

const set = (...argv: string[]) => w.cli(['secret', 'set', '--scope', 'made', ...argv])
const listed = async () => JSON.parse((await succeed(w.cli(['secret', 'list', '--json']))).stdout).items

test.each([
  ['hex:16', 32],
  ['base64:16', 24],
  ['alnum:24', 24],
  ['uuid', 36],
])('%s is stored, another one each time, and shown nowhere', async (form, length) => {
  const key = form.replace(':', '_')
  expect(await set(key, '--generate', form)).toEqual({
    code: 0,
    stdout: expect.stringMatching(new RegExp(`^Set ${key} in made: version 1, ${length} bytes, \\S+Z\n$`)),
    stderr: '',
  })
  const {stdout} = await succeed(set(key, '--generate', form, '--json'))
  expect(JSON.parse(stdout)).toEqual({
    key,
    scope: 'made',
    version: 2,
    length,
    changed: true,
    updatedAt: expect.any(String),
    updatedBy: 'owner',
    newlineDropped: false,
  })
})

test('--show-once shows on a terminal what is stored', async () => {
  const argv = ['secret', 'set', '--scope', 'made', 'SHOWN', '--generate', 'alnum:24', '--show-once']
  const {code, screen} = await onTerminal(argv, w.home, [])
  expect(code).toBe(0)
  const shown = /^Set SHOWN in made: .*\r?\n(\w{24})\r?$/m.exec(screen)![1]!
  const again = await succeed(w.cli(['secret', 'set', '--scope', 'made', 'SHOWN', '--from-stdin'], {stdin: shown}))
  expect(again.stdout).toMatch(/^Nothing changed: SHOWN/)
})

test('what cannot be made so is exit 2, and nothing is stored', async () => {
  const before = await listed()
  for (const argv of [
    ['KEY', '--generate', 'hex:32', '--show-once'],
    ['KEY', '--generate', 'hex:32', '--show-once', '--json'],
    ['KEY', '--show-once'],
    ['KEY', '--generate', 'hex:32', '--dry-run'],
    ['KEY', '--generate', 'hex:32', '--from-stdin'],
    ['KEY', '--generate', 'hex:32', '--confirm-fingerprint', 'ab'.repeat(32)],
    ['KEY', '--generate', 'hunter2'],
    ['--missing', '--generate', 'hex:32', '--show-once'],
  ]) {
    const {code, stdout, stderr} = await set(...argv)
    expect([argv, code]).toEqual([argv, 2])
    expect(stdout + stderr).not.toContain('hunter2')
  }
  const json = ['secret', 'set', '--scope', 'made', 'KEY', '--generate', 'hex:32', '--show-once', '--json']
  expect((await onTerminal(json, w.home, [])).code).toBe(2)
  expect(await listed()).toEqual(before)
})

test('--missing makes one for each name that has no value', async () => {
  for (const key of ['ONE', 'TWO']) await succeed(w.cli(['secret', 'declare', '--scope', 'declared', key]))
  const {stdout} = await succeed(w.cli(['secret', 'set', '--scope', 'declared', '--missing', '--generate', 'hex:32']))
  expect(stdout).toMatch(/^Set ONE in declared: .*64 bytes.*\nSet TWO in declared: .*64 bytes.*\n$/)
})
