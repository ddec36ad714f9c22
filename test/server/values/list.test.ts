import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {FastifyInstance} from 'fastify'
import pino from 'pino'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openServices, type Services} from '../../../src/server/services.ts'
import {door} from '../../../src/server/surfaces/door.ts'
import {LOOKED_AT} from '../../../src/server/values/list.ts'
import {openTestStore} from '../../world/engine.ts'

let folder: string
let services: Services
let app: FastifyInstance
let token: string

const key = (n: number) => `KEY_${String(n).padStart(6, '0')}`
const keys = Array.from({length: 2 * LOOKED_AT + 1}, (_, n) => key(n))

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-list-'))
  services = await openServices({
    store: await openTestStore(folder),
    rootKey: Buffer.alloc(32, 7),
    version: '0.0.0',
    dashboardUrl: () => 'https://localhost',
  })
  await services.ownerToken(async (made) => {
    token = made
  })
  const logger = pino({level: 'silent'})
  app = await door({services, surfaces: ['cli'], logger, tls: {key: '', cert: ''}, trustedProxies: []})
  const items = keys.map((name) => ({scope: 's', key: name, value: {encoding: 'utf8', data: 'x'}}))
  expect((await ask('PUT', '/secrets', {items})).changed).toBe(keys.length)
})
afterAll(async () => {
  await app?.close()
  await services?.close()
  rmSync(folder, {recursive: true})
})

async function ask(method: 'GET' | 'PUT', path: string, payload?: object) {
  const headers = {authorization: `Bearer ${token}`}
  const url = `/admin/v1/orgs/default${path}`
  return (await app.inject({method, url, headers, ...(payload === undefined ? {} : {payload})})).json()
}

/** The keys of every page of a list. */
async function pages(query: string): Promise<string[][]> {
  const found: string[][] = []
  let cursor = ''
  do {
    const {items, nextCursor} = await ask('GET', `/secrets?${query}${cursor}`)
    found.push(items.map((item: {key: string}) => item.key))
    cursor = nextCursor === null ? '' : `&cursor=${nextCursor}`
  } while (cursor !== '')
  return found
}

test.each([
  ['the last of all', `match=${key(2 * LOOKED_AT)}`, [[], [], [key(2 * LOOKED_AT)]]],
  ['the first that the second page looks at', `match=${key(LOOKED_AT)}`, [[], [key(LOOKED_AT)], []]],
  ['the last that the first page looks at', `match=*${key(LOOKED_AT - 1)}`, [[key(LOOKED_AT - 1)], [], []]],
  ['nothing', 'tag=none', [[], [], []]],
])('a search looks at so many names a page, and goes on: for %s', async (_, query, found) => {
  expect(await pages(query)).toEqual(found)
})

test.each(['limit=1000', 'limit=1000&scope=s', 'limit=1000&match=key', 'limit=999&missing=false'])(
  'every name comes once, in its order: %s',
  async (query) => {
    expect((await pages(query)).flat()).toEqual(keys)
  },
)
