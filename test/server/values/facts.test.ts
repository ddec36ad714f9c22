import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Permission} from '../../../src/contract/permissions.ts'
import {type RouteName, routes} from '../../../src/contract/routes/index.ts'
import {createGate, type Gate} from '../../../src/server/gate/gate.ts'
import type {Act, Read, Reveal} from '../../../src/server/gate/types.ts'
import {type Keyring, newKeys, openKeyring} from '../../../src/server/keyring/keyring.ts'
import {renameScopes} from '../../../src/server/scopes/rename.ts'
import {declareSecrets} from '../../../src/server/secrets/declare.ts'
import {deleteSecrets} from '../../../src/server/secrets/delete.ts'
import {describeSecrets} from '../../../src/server/secrets/describe.ts'
import {showFacts} from '../../../src/server/secrets/facts.ts'
import {listSecrets} from '../../../src/server/secrets/list.ts'
import {restoreSecrets} from '../../../src/server/secrets/restore.ts'
import {setSecrets} from '../../../src/server/secrets/set.ts'
import type {Store} from '../../../src/server/store/store.ts'
import {lastReadAt} from '../../../src/server/values/facts.ts'
import {deleteVariables} from '../../../src/server/variables/delete.ts'
import {getVariables} from '../../../src/server/variables/get.ts'
import {listVariables} from '../../../src/server/variables/list.ts'
import {restoreVariables} from '../../../src/server/variables/restore.ts'
import {setVariables} from '../../../src/server/variables/set.ts'
import {actor} from '../../world/actor.ts'
import {beside, sqlOn} from '../../world/database.ts'
import {engine, openTestStore} from '../../world/engine.ts'

let folder: string
let store: Store
let keyring: Keyring
let gate: Gate
let now = new Date('2026-01-01T00:00:00.000Z')
const pass = (days: number) => {
  now = new Date(now.getTime() + days * 24 * 60 * 60 * 1000)
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-facts-'))
  store = await openTestStore(folder)
  const at = now.toISOString()
  await store.writer
    .insertInto('keys')
    .values(newKeys(Buffer.alloc(32, 3), at))
    .execute()
  await store.writer.insertInto('organizations').values({name: 'default', created_at: at}).execute()
  const token = {org_id: 1, created_at: at, created_by: 'test', expires_at: null, revoked_at: null, role: 'owner'}
  await store.writer
    .insertInto('tokens')
    .values([
      {...token, name: 'owner', hash: Buffer.from('a')},
      {...token, name: 'bound', hash: Buffer.from('b'), scopes: '["app/eu/**","lone"]'},
    ])
    .execute()
  keyring = await openKeyring(store.reader, Buffer.alloc(32, 3))
  gate = createGate({store, keyring, now: () => now, onFault: (error) => expect.fail(String(error))})
})
afterAll(async () => {
  await gate.close()
  await store.close()
  rmSync(folder, {recursive: true})
})

const [OWNER, BOUND] = [1, 2]
const named = (tokenId: number) => actor(tokenId, {name: tokenId === OWNER ? 'owner' : 'bound'})
const value = (data: string) => ({value: {encoding: 'utf8' as const, data}})
/** What a surface makes of a request of this route. */
const asked = (name: RouteName, key: string, query: object, body: unknown, by: number) => {
  const input = {params: {org: 'default', key}, query, body}
  const {reach} = routes[name]
  const reached = typeof reach === 'function' ? reach(input as never) : [(query as {scope: string}).scope]
  const target = {kind: name.startsWith('secrets') ? 'secret' : 'variable', scope: reached[0] ?? '', name: key}
  return {actor: named(by), address: null, requestId: crypto.randomUUID(), input, reached, target}
}
const write = (name: RouteName, act: Act<never, never, unknown>, scope: string, key: string, body?: unknown) => {
  const {operation} = routes[name] as unknown as {operation: never}
  const one = asked(name, key, {scope}, body, OWNER)
  const digest = keyring.requestDigest(one.requestId)
  return gate.write({...one, operation, act: act as never, digest, dryRun: false, oneTimeReply: false})
}
const look = <R>(
  name: RouteName,
  handler: (read: Read, input: never) => Promise<R>,
  query: object,
  key = '',
  by = OWNER,
) => {
  const {permission} = routes[name] as unknown as {permission: Permission}
  const one = asked(name, key, query, undefined, by)
  return gate.read({...one, permission}, (read) => handler(read, one.input as never))
}
const set = (scope: string, key: string, data = 'v') =>
  write('secretsSet', setSecrets as never, scope, key, value(data))
const tell = (scope: string, key: string, body: object) =>
  write('secretsDescribe', describeSecrets as never, scope, key, body)
const read = (scope: string, key: string) =>
  gate.disclose({
    ...asked('variablesGet', key, {scope}, undefined, OWNER),
    operation: 'variables.get',
    permission: 'variables.read',
    reveal: getVariables as unknown as Reveal<unknown, unknown>,
  })
const facts = (scope: string, key: string) => look('secretsFacts', showFacts, {scope}, key)
const names = async (query: object, by = OWNER) =>
  (await look('secretsList', listSecrets, query, '', by)).items.map(({scope, key}) => `${scope}/${key}`)

describe('facts', () => {
  test('are shown with when rotation is due, counted from the value and not from what was said of it', async () => {
    await set('one', 'K')
    pass(10)
    await tell('one', 'K', {owner: 'ops', rotateDays: 30, tags: {team: 'pay'}})
    expect(await facts('one', 'K')).toEqual({
      key: 'K',
      type: 'string',
      scope: 'one',
      version: 1,
      length: 1,
      updatedAt: '2026-01-01T00:00:00.000Z',
      updatedBy: 'owner',
      owner: 'ops',
      note: null,
      expiresAt: null,
      rotateDays: 30,
      tags: {team: 'pay'},
      rotateDueAt: '2026-01-31T00:00:00.000Z',
      lastReadAt: null,
      lastReadBy: null,
      readingsSince: null,
    })
    await set('one', 'K', 'new')
    expect(await facts('one', 'K')).toMatchObject({
      owner: 'ops',
      rotateDueAt: '2026-02-10T00:00:00.000Z',
      tags: {team: 'pay'},
    })
  })

  test('of a name that is not there are not found', async () => {
    await expect(facts('one', 'NONE')).rejects.toMatchObject({code: 'not_found'})
    await expect(tell('one', 'NONE', {owner: 'ops'})).rejects.toMatchObject({code: 'not_found'})
  })

  test.each<[string, (scope: string) => Promise<unknown>]>([
    ['set', (scope) => set(scope, 'K', 'again')],
    ['declared', (scope) => write('secretsDeclare', declareSecrets as never, scope, 'K')],
  ])('are gone when a deleted name is %s anew, and its neighbours keep theirs', async (how, again) => {
    const scope = `anew-${how}`
    for (const key of ['K', 'NEIGHBOUR']) {
      await set(scope, key)
      await tell(scope, key, {
        owner: 'ops',
        note: 'n',
        expiresAt: '2030-01-01T00:00:00Z',
        rotateDays: 1,
        tags: {a: 'b'},
      })
    }
    await write('secretsDelete', deleteSecrets as never, scope, 'K')
    await expect(facts(scope, 'K')).rejects.toMatchObject({code: 'not_found'})
    await again(scope)
    const none = {owner: null, note: null, expiresAt: null, rotateDays: null, rotateDueAt: null, tags: {}}
    expect(await facts(scope, 'K')).toMatchObject(none)
    expect(await facts(scope, 'NEIGHBOUR')).toMatchObject({owner: 'ops', tags: {a: 'b'}})
  })
})

test('facts come back with a deleted name that is restored', async () => {
  await set('restored', 'K')
  await tell('restored', 'K', {owner: 'ops', tags: {a: 'b'}})
  await write('secretsDelete', deleteSecrets as never, 'restored', 'K')
  await write('secretsRestore', restoreSecrets as never, 'restored', 'K')
  expect(await facts('restored', 'K')).toMatchObject({owner: 'ops', tags: {a: 'b'}})
})

describe('a list', () => {
  test('of what expires has what expired, too', async () => {
    for (const [key, days] of [
      ['PAST', -1],
      ['SOON', 29],
      ['LATER', 31],
      ['NEVER', null],
    ] as const) {
      await set('expiring', key)
      const expiresAt = days === null ? null : new Date(now.getTime() + days * 86_400_000).toISOString()
      if (expiresAt !== null) await tell('expiring', key, {expiresAt})
    }
    expect(await names({scope: 'expiring', expiringDays: 30})).toEqual(['expiring/PAST', 'expiring/SOON'])
    expect(await names({scope: 'expiring', expiringDays: 0})).toEqual(['expiring/PAST'])
  })

  test('of what is overdue leaves out what has no value', async () => {
    for (const [key, rotateDays] of [
      ['OFTEN', 10],
      ['SELDOM', 100],
    ] as const) {
      await set('overdue', key)
      await tell('overdue', key, {rotateDays})
    }
    await set('overdue', 'WHENEVER')
    await write('secretsDeclare', declareSecrets as never, 'overdue', 'DECLARED')
    await tell('overdue', 'DECLARED', {rotateDays: 1})
    expect(await names({scope: 'overdue', overdue: true})).toEqual([])
    pass(10)
    expect(await names({scope: 'overdue', overdue: true})).toEqual(['overdue/OFTEN'])
    expect(await names({scope: 'overdue', overdue: false})).toEqual([
      'overdue/DECLARED',
      'overdue/SELDOM',
      'overdue/WHENEVER',
    ])
    await set('overdue', 'OFTEN', 'new')
    expect(await names({scope: 'overdue', overdue: true})).toEqual([])
  })

  test('of what is unused has what was neither read nor set for so long', async () => {
    for (const key of ['READ', 'UNREAD', 'SET_ANEW'])
      await write('variablesSet', setVariables as never, 'unused', key, value('v'))
    await set('unused', 'UNREAD')
    const unused = async (days: number) =>
      (await look('variablesList', listVariables, {scope: 'unused', unusedDays: days})).items.map((item) => item.key)
    expect(await unused(90)).toEqual([])
    pass(50)
    await read('unused', 'READ')
    const readAt = now.toISOString()
    await write('variablesSet', setVariables as never, 'unused', 'SET_ANEW', value('new'))
    pass(50)
    expect(await unused(90)).toEqual(['UNREAD'])
    expect(await unused(50)).toEqual(['READ', 'SET_ANEW', 'UNREAD'])
    expect(await names({scope: 'unused', unusedDays: 90})).toEqual(['unused/UNREAD'])
    const {items} = await look('variablesList', listVariables, {scope: 'unused'})
    expect(items.map(({key, lastReadAt}) => [key, lastReadAt])).toEqual([
      ['READ', readAt],
      ['SET_ANEW', null],
      ['UNREAD', null],
    ])
  })

  test('by tag takes its name, or its name and value', async () => {
    for (const [key, team] of [
      ['A', 'pay'],
      ['B', 'web=1'],
    ] as const) {
      await set('tagged', key)
      await tell('tagged', key, {tags: {team}})
    }
    await set('tagged', 'C')
    expect(await names({scope: 'tagged', tag: 'team'})).toEqual(['tagged/A', 'tagged/B'])
    expect(await names({scope: 'tagged', tag: 'team=pay'})).toEqual(['tagged/A'])
    expect(await names({scope: 'tagged', tag: 'team=web=1'})).toEqual(['tagged/B'])
    expect(await names({scope: 'tagged', tag: 'team=w'})).toEqual([])
    expect(await names({scope: 'tagged', tag: 'team=pay', match: 'b'})).toEqual([])
  })
})

describe('a list of a scope and below', () => {
  const all = ['app', 'app/eu', 'app/eu/db', 'app/us', 'app-2', 'app0', 'lone'].map((scope) => `${scope}/TREE_KEY`)
  beforeAll(async () => {
    for (const name of all) await set(name.slice(0, name.lastIndexOf('/')), 'TREE_KEY')
  })

  test.each<[string, object, number, string[]]>([
    ['has it and all below', {scope: 'app', recursive: true}, OWNER, ['app', 'app/eu', 'app/eu/db', 'app/us']],
    ['has it alone when it is not asked for more', {scope: 'app', recursive: false}, OWNER, ['app']],
    ['has what a bound credential may see', {scope: 'app', recursive: true}, BOUND, ['app/eu', 'app/eu/db']],
    ['has nothing that it may not see', {scope: 'app/us', recursive: true}, BOUND, []],
    ['finds by name', {match: 'tree', scope: 'app/eu', recursive: true}, OWNER, ['app/eu', 'app/eu/db']],
  ])('%s', async (_, query, by, scopes) => {
    expect(await names(query, by)).toEqual(scopes.map((scope) => `${scope}/TREE_KEY`))
  })

  test.each<[string, object, number, string[]]>([
    ['in every scope', {match: 'tree_k'}, OWNER, ['app', 'app-2', 'app/eu', 'app/eu/db', 'app/us', 'app0', 'lone']],
    ['in the scopes that a bound credential may see', {match: 'TREE*'}, BOUND, ['app/eu', 'app/eu/db', 'lone']],
    ['by scope and key', {match: 'app/*/tree_key'}, OWNER, ['app/eu', 'app/eu/db', 'app/us']],
  ])('search finds %s', async (_, query, by, scopes) => {
    expect(await names(query, by)).toEqual(scopes.map((scope) => `${scope}/TREE_KEY`))
  })

  test('is refused to a bound credential where it names one scope that is not its own', async () => {
    await expect(names({scope: 'app'}, BOUND)).rejects.toMatchObject({code: 'forbidden'})
  })

  test('goes on page by page', async () => {
    const pages: string[][] = []
    let cursor: string | null = null
    do {
      const query: object = {scope: 'app', recursive: true, limit: 3, ...(cursor === null ? {} : {cursor})}
      const page = await look('secretsList', listSecrets, query)
      pages.push(page.items.map(({scope}) => scope))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(pages).toEqual([['app', 'app/eu', 'app/eu/db'], ['app/us']])
  })
})

describe('a reading counts for the value that had the name', () => {
  const setVariable = (scope: string, key = 'V') => write('variablesSet', setVariables as never, scope, key, value('v'))
  const rename = (from: string, to: string) => {
    const {operation} = routes.scopesRename as unknown as {operation: never}
    const one = {...asked('scopesRename', '', {scope: from}, {to}, OWNER), target: {kind: 'scope', scope: from}}
    const digest = keyring.requestDigest(one.requestId)
    return gate.write({...one, operation, act: renameScopes as never, digest, dryRun: false, oneTimeReply: false})
  }
  const lastRead = async (scope: string) =>
    (await look('variablesList', listVariables, {scope})).items.map((item) => item.lastReadAt)
  const remove = (scope: string) => write('variablesDelete', deleteVariables as never, scope, 'V')

  test('and goes with it when its scope is renamed', async () => {
    await setVariable('before/x')
    await read('before/x', 'V')
    const readAt = now.toISOString()
    pass(1)
    await rename('before', 'after')
    await setVariable('before/x')
    expect([await lastRead('after/x'), await lastRead('before/x')]).toEqual([[readAt], [null]])
    pass(1)
    await read('after/x', 'V')
    expect([await lastRead('after/x'), await lastRead('before/x')]).toEqual([[now.toISOString()], [null]])
    pass(1)
    await rename('after', 'later')
    expect(await lastRead('later/x')).toEqual([new Date(now.getTime() - 24 * 60 * 60 * 1000).toISOString()])
  })

  test('and not for one that is set after it was deleted, unless that is restored', async () => {
    await setVariable('twice')
    await read('twice', 'V')
    const readAt = now.toISOString()
    pass(1)
    await remove('twice')
    await write('variablesRestore', restoreVariables as never, 'twice', 'V')
    expect(await lastRead('twice')).toEqual([readAt])
    await rename('twice', 'thrice')
    await remove('thrice')
    await setVariable('thrice')
    expect(await lastRead('thrice')).toEqual([null])
    pass(1)
    await setVariable('thrice')
    await read('thrice', 'V')
    expect(await lastRead('thrice')).toEqual([now.toISOString()])
  })
})

test('the last reading is looked up in the index of disclosures', async () => {
  const {sql} = store.reader.selectFrom('entries').select(lastReadAt.as('at')).compile()
  if (engine === 'sqlite') {
    const plan = await sqlOn(folder, `explain query plan ${sql}`)
    expect(JSON.stringify(plan)).toContain('USING COVERING INDEX audit_disclosed (org_id=? AND target=? AND at>?)')
    return
  }
  // Of a table with a few rows, PostgreSQL reads all of them unless it may not.
  const database = await beside(folder)
  await database.query('set enable_seqscan = off')
  const plan = await database.query(`explain ${sql}`)
  await database.close()
  expect(JSON.stringify(plan)).toMatch(
    /Index.* Scan.* using audit_disclosed on audit.*Index Cond: .*org_id = .*target = .*at >/,
  )
})

test('a list and the facts say from when on readings are known', async () => {
  const since = async () => {
    const {readingsSince} = await look('secretsList', listSecrets, {unusedDays: 1})
    return [readingsSince, (await facts('one', 'K')).readingsSince]
  }
  const segment = {org_id: 1, previous: '', hash: '', signature: '', sealed_at: now.toISOString(), pruned_at: null}
  const [earlier, later] = ['2026-01-10T00:00:00.000Z', '2026-01-20T00:00:00.000Z']
  await store.writer
    .insertInto('audit_segments')
    .values([
      {...segment, first_sequence: 1, last_sequence: 2, at: earlier},
      {...segment, first_sequence: 3, last_sequence: 4, at: later},
    ])
    .execute()
  const prune = (last: number) =>
    store.writer
      .updateTable('audit_segments')
      .set({pruned_at: now.toISOString()})
      .where('last_sequence', '=', last)
      .execute()
  expect(await since()).toEqual([null, null])
  await prune(2)
  expect(await since()).toEqual([earlier, earlier])
  await prune(4)
  expect(await since()).toEqual([later, later])
})
