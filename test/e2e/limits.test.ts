import {afterAll, beforeAll, expect, test} from 'vitest'
import {AUDIT_TABLES, contentOf} from '../world/database.ts'
import {onTerminal} from '../world/terminal.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w?.close())

const scope = 'limits'
const set = async (key: string, ...values: string[]) => {
  for (const stdin of values) await succeed(w.cli(['variable', 'set', '--scope', scope, key], {stdin}))
}
const limit = (kept: string) => succeed(w.cli(['org', 'limits', '--kept-versions', kept, '--yes']))
const versions = async (key: string): Promise<number[]> => {
  const {stdout} = await succeed(w.cli(['variable', 'history', '--scope', scope, key, '--json']))
  return JSON.parse(stdout).items.map((item: {version: number}) => item.version)
}

test('without a limit every version is kept', async () => {
  expect((await succeed(w.cli(['org', 'limits']))).stdout).toBe('Kept versions: all\n')
  await set('ALL', 'a', 'b', 'c', 'd')
  expect(await versions('ALL')).toEqual([4, 3, 2, 1])
})

test('a new limit drops what is over it with the next write of a name, and says what it was', async () => {
  await set('NEXT', 'a', 'b', 'c')
  await set('OTHER', 'a', 'b', 'c')
  expect((await limit('2')).stdout).toBe('Changed kept versions of default from all to 2\n')
  expect((await limit('2')).stdout).toBe('Nothing changed: kept versions of default: 2\n')
  expect(await versions('NEXT')).toEqual([3, 2, 1])
  await set('NEXT', 'd')
  expect(await versions('NEXT')).toEqual([4, 3])
  expect(await versions('OTHER')).toEqual([3, 2, 1])
})

test('a write of the value that is stored drops nothing', async () => {
  await set('OTHER', 'c')
  expect(await versions('OTHER')).toEqual([3, 2, 1])
})

test('a rollback counts as a write, and may go back to the oldest that is kept', async () => {
  const back = (to: string) => w.cli(['variable', 'rollback', '--scope', scope, 'NEXT', '--to', to, '--yes'])
  expect((await back('2')).code).toBe(5)
  await succeed(back('3'))
  expect(await versions('NEXT')).toEqual([5, 4])
  expect((await w.cli(['variable', 'get', '--scope', scope, 'NEXT'])).stdout).toBe('c')
})

test('writes that come together keep to it, each name for itself', async () => {
  const names = ['TOGETHER', 'APART']
  const answers = await Promise.all(
    Array.from({length: 20}, (_, index) =>
      asToken(w.server, w.token, 'variablesSet', {
        params: {org: 'default', key: names[index % 2]!},
        query: {scope},
        body: {value: {encoding: 'utf8', data: `value ${index}`}},
      }),
    ),
  )
  expect(answers.map(({status}) => status)).toEqual(answers.map(() => 200))
  for (const name of names) expect(await versions(name)).toEqual([10, 9])
})

test('with a limit of one, the current version alone is kept', async () => {
  await limit('1')
  await set('ONE', 'a', 'b')
  expect(await versions('ONE')).toEqual([2])
  expect((await w.cli(['variable', 'get', '--scope', scope, 'ONE'])).stdout).toBe('b')
  expect((await limit('all')).stdout).toBe('Changed kept versions of default from 1 to all\n')
  await set('ONE', 'c', 'd')
  expect(await versions('ONE')).toEqual([4, 3, 2])
})

test('a change is audited; a dry run, a refusal and a no change nothing', async () => {
  const before = await contentOf(w.server.data, AUDIT_TABLES)
  const tried = await succeed(w.cli(['org', 'limits', '--kept-versions', '5', '--dry-run']))
  expect(tried.stdout).toBe('[dry-run] would change kept versions of default from all to 5\n')
  for (const [flags, says] of [
    [['5'], '--yes'],
    [['0', '--yes'], '--kept-versions takes'],
    [['hunter2', '--yes'], '--kept-versions takes'],
  ] as const) {
    const {code, stderr} = await w.cli(['org', 'limits', '--kept-versions', ...flags])
    expect({code, stderr}).toEqual({code: 2, stderr: expect.stringContaining(says)})
    expect(stderr).not.toContain('hunter2')
  }
  const at = /Change the kept versions of default from all to 5\?/
  expect((await onTerminal(['org', 'limits', '--kept-versions', '5'], w.home, [{at, type: 'n\r'}])).code).toBe(1)
  expect(await contentOf(w.server.data, AUDIT_TABLES)).toEqual(before)
  const {stdout} = await succeed(w.cli(['audit', 'list', '--operation', 'orgs.limits', '--limit', '1', '--json']))
  expect(JSON.parse(stdout).entries[0]).toMatchObject({
    outcome: 'done',
    target: {kind: 'organization', name: 'default'},
  })
})
