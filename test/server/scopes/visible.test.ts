import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {FastifyInstance} from 'fastify'
import pino from 'pino'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openServices, type Services} from '../../../src/server/services.ts'
import {door} from '../../../src/server/surfaces/door.ts'
import {sqlOn} from '../../world/database.ts'
import {openTestStore} from '../../world/engine.ts'

/** More than a statement may have parameters. */
const MANY = 34_000

let folder: string
let services: Services
let app: FastifyInstance
let owner: string
let bound: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-visible-'))
  services = await openServices({
    store: await openTestStore(folder),
    rootKey: Buffer.alloc(32, 7),
    version: '0.0.0',
    dashboardUrl: () => 'https://localhost',
  })
  await services.ownerToken(async (token) => {
    owner = token
  })
  const logger = pino({level: 'silent'})
  app = await door({services, surfaces: ['cli'], logger, tls: {key: '', cert: ''}, trustedProxies: []})
  for (const scope of ['apps/one', 'other/one']) await ask(owner, 'POST', `/scopes?scope=${scope}`)
  await ask(owner, 'PUT', '/secrets/DB?scope=apps/one', {value: {encoding: 'utf8', data: 'x'}})
  const facts = {name: 'bound', role: 'admin', scopes: ['apps/*']}
  bound = (await ask(owner, 'POST', '/tokens', facts)).json.token
  const [one] = await sqlOn(folder, 'select * from scopes limit 1')
  const others = Object.keys(one!)
    .filter((name) => name !== 'path')
    .join()
  await sqlOn(
    folder,
    `insert into scopes(path, ${others}) with recursive n(i) as (select 1 union all select i + 1 from n where i < ${MANY})
     select 'apps/t' || i, ${others} from n, (select * from scopes limit 1) as one`,
  )
}, 60_000)
afterAll(async () => {
  await app?.close()
  await services?.close()
  rmSync(folder, {recursive: true})
})

async function ask(token: string, method: 'GET' | 'POST' | 'PUT', path: string, payload?: object) {
  const answer = await app.inject({
    method,
    url: `/admin/v1/orgs/default${path}`,
    headers: {authorization: `Bearer ${token}`},
    ...(payload === undefined ? {} : {payload}),
  })
  return {status: answer.statusCode, json: answer.json()}
}

test.each([
  ['GET', '/scopes?limit=1', undefined, {items: [{scope: 'apps/one'}]}],
  ['GET', '/secrets', undefined, {items: [{key: 'DB', scope: 'apps/one'}], nextCursor: null}],
  ['GET', '/variables', undefined, {items: [], nextCursor: null}],
  ['POST', '/secrets/purge?dryRun=true', {olderThan: 0}, {items: []}],
] as const)('a token whose pattern matches very many scopes is served: %s %s', async (method, path, body, json) => {
  expect(await ask(bound, method, path, body)).toMatchObject({status: 200, json})
})

test('it still sees no other scope', async () => {
  const cursor = Buffer.from(JSON.stringify([`apps/t${MANY}`])).toString('base64url')
  const {json} = await ask(bound, 'GET', `/scopes?limit=1000&cursor=${cursor}`)
  expect(json.items.length).toBeGreaterThan(0)
  expect(json.items.filter(({scope}: {scope: string}) => !scope.startsWith('apps/'))).toEqual([])
})
