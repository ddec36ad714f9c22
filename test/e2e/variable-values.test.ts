import {afterAll, beforeAll, expect, test} from 'vitest'
import {asToken, type World, world} from '../world/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
  await w.put('variable', 'production', 'REGION', 'eu-west-1')
  await w.put('variable', 'production', 'LEVEL', 'info')
  await w.put('variable', 'production/db', 'POOL', '10')
  await w.put('secret', 'production', 'PASSWORD', 'hunter2')
})
afterAll(() => w?.close())

const of = (token: string, scope: string) => asToken(w.server, token, 'variablesReveal', {query: {scope}})
const newest = async () => {
  const {json} = await asToken(w.server, w.token, 'auditList', {query: {limit: 1}})
  return JSON.parse(json.entries[0]!.canonical)
}

test('gives the variables of one scope, and records their names before it answers', async () => {
  const {status, json} = await of(w.token, 'production')
  expect([status, json.items]).toEqual([
    200,
    [
      {key: 'LEVEL', version: 1, value: {encoding: 'utf8', data: 'info'}},
      {key: 'REGION', version: 1, value: {encoding: 'utf8', data: 'eu-west-1'}},
    ],
  ])
  expect(await newest()).toMatchObject({
    operation: 'variables.reveal',
    outcome: 'disclosed',
    target: {kind: 'scope', scope: 'production'},
    names: ['variable production LEVEL 1', 'variable production REGION 1'],
  })
})

test('of a scope that holds none, it gives none', async () => {
  expect((await of(w.token, 'nowhere')).json.items).toEqual([])
})

test.each([
  ['a role that may not read them', () => w.tokenOf('auditor')],
  ['a token of another scope', () => w.tokenOf('writer', 'staging')],
])('%s is refused', async (_, token) => {
  const {status, json} = await of(await token(), 'production')
  expect([status, json]).toEqual([403, expect.objectContaining({code: 'forbidden'})])
  expect(JSON.stringify(json)).not.toContain('eu-west')
})
