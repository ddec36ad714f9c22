import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {sql} from 'kysely'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {MAX_IN_PROGRESS, MAX_WAIT, REFUSALS_PER_MINUTE} from '../../../src/contract/limits.ts'
import {serverActor} from '../../../src/server/credentials/server-actor.ts'
import type {WriteAsk} from '../../../src/server/gate/asks.ts'
import {createGate, type Gate} from '../../../src/server/gate/gate.ts'
import type {Act, Actor} from '../../../src/server/gate/types.ts'
import {type Keyring, newKeys, openKeyring} from '../../../src/server/keyring/keyring.ts'
import type {Schema} from '../../../src/server/store/schema.ts'
import type {Store} from '../../../src/server/store/store.ts'
import {setValues} from '../../../src/server/values/set.ts'
import {actor} from '../../world/actor.ts'
import {sqlOn} from '../../world/database.ts'
import {engine, openTestStore} from '../../world/engine.ts'

let folder: string
let store: Store
let keyring: Keyring
let gate: Gate
const faults: string[] = []

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-gate-'))
  store = await openTestStore(folder)
  const now = new Date().toISOString()
  await store.writer
    .insertInto('keys')
    .values(newKeys(Buffer.alloc(32, 3), now))
    .execute()
  await store.writer.insertInto('organizations').values({name: 'default', created_at: now}).execute()
  const token = {org_id: 1, created_at: now, created_by: 'test', expires_at: null, revoked_at: null}
  await store.writer
    .insertInto('tokens')
    .values([
      {...token, name: 'owner', hash: Buffer.from('a'), role: 'owner'},
      {...token, name: 'stranger', hash: Buffer.from('b'), role: 'of-a-later-version'},
      {...token, name: 'revoked', hash: Buffer.from('c'), role: 'owner', revoked_at: now},
      {...token, name: 'bound', hash: Buffer.from('d'), role: 'owner', scopes: '["other/**","s"]'},
      {...token, name: 'auditor', hash: Buffer.from('e'), role: 'auditor'},
      {...token, name: 'setter', hash: Buffer.from('f'), role: 'setter'},
      {...token, name: 'inside', hash: Buffer.from('g'), role: 'owner', cidrs: '["10.0.0.0/16"]'},
    ])
    .execute()
  await store.writer
    .insertInto('roles')
    .values({
      org_id: 1,
      name: 'setter',
      permissions: '["secrets.write","of.later"]',
      created_at: now,
      created_by: 'test',
    })
    .execute()
  keyring = await openKeyring(store.reader, Buffer.alloc(32, 3))
  faults.length = 0
  gate = createGate({store, keyring, now: () => new Date(), onFault: (_, operation) => faults.push(operation)})
})
afterEach(async () => {
  await gate.close()
  await store.close()
  rmSync(folder, {recursive: true})
})

/** Has PostgreSQL do something at each new version, in the middle of a turn or at its commit; undone by `undone`. */
const onVersions = (body: string, when: 'in the turn' | 'at its commit' = 'in the turn') => `
  create sequence tries;
  create function fault() returns trigger language plpgsql as $$ begin ${body} return null; end $$;
  create ${when === 'in the turn' ? '' : 'constraint'} trigger fault after insert on versions
    ${when === 'in the turn' ? '' : 'deferrable initially deferred'} for each row execute function fault()`
const undone = 'drop function fault cascade; drop sequence tries'

const through = (surface: Actor['surface']) => actor(1, {surface})
const nothing: Act<'secrets.set', unknown, null> = async (_tx, asks) =>
  asks.map(() => ({reply: null, targets: [{kind: 'secret'}], changed: true}))
let requests = 0
const ask = (more: Partial<WriteAsk> = {}): Omit<WriteAsk, 'verb'> => {
  requests += 1
  return {
    actor: actor(1),
    operation: 'secrets.set',
    requestId: `request-${requests}`,
    address: null,
    input: {params: {key: 'K'}, query: {scope: 's'}, body: {value: {encoding: 'utf8', data: `v${requests}`}}},
    target: {kind: 'secret', scope: 's', name: 'K'},
    reached: ['s'],
    act: (tx, asks) => setValues(tx, 'secret', asks),
    digest: keyring.requestDigest(String(requests)),
    dryRun: false,
    oneTimeReply: false,
    ...more,
  }
}
/** Every table but the audit log, whatever tables there are. */
const dump = async () => {
  const tables = (await store.reader.introspection.getTables()).map((table) => table.name as keyof Schema)
  const rest = tables.filter((table) => table !== 'audit' && table !== 'audit_heads')
  return JSON.stringify(await Promise.all(rest.map((table) => store.reader.selectFrom(table).selectAll().execute())))
}
const outcomes = async () =>
  (await store.reader.selectFrom('audit').select(['outcome', 'actor']).orderBy('sequence').execute()).map(
    (row) => row.outcome,
  )

test('so many refusals of one operation to one credential in a minute have entries; the rest is summed up, and hides no other', async () => {
  const summed: string[] = []
  const counting = createGate({
    store,
    keyring,
    now: () => new Date('2026-01-01T00:00:00.000Z'),
    onFault: (error) => expect.fail(String(error)),
    onSummed: ({name}, what) => summed.push(`${name} ${what}`),
  })
  const refuses = (id: number) =>
    expect(counting.write(ask({actor: actor(id)}))).rejects.toMatchObject({code: 'forbidden'})
  for (let n = 0; n < REFUSALS_PER_MINUTE + 2; n += 1) await refuses(5)
  await counting.write(ask())
  await refuses(2)
  await expect(counting.write(ask({actor: actor(5), operation: 'policy.unlock'}))).rejects.toThrow()
  expect(await outcomes()).toEqual([...Array(REFUSALS_PER_MINUTE).fill('refused'), 'done', 'refused', 'refused'])
  expect(summed).toEqual(['t5 others', 't5 others'])
})

describe('the gate', () => {
  test.each<[string, () => Partial<WriteAsk>, string]>([
    ['a role that this program does not know', () => ({actor: actor(2)}), 'forbidden'],
    ['a token that was revoked after it was looked up', () => ({actor: actor(3)}), 'unauthenticated'],
    [
      'a token that was rotated after it was looked up',
      () => ({actor: {...actor(1), tokenHash: Buffer.from('z')}}),
      'unauthenticated',
    ],
    ['an operation that is not in the registry', () => ({operation: 'secrets.steal' as never}), 'forbidden'],
    [
      'an operation from a surface that does not offer it',
      () => ({operation: 'policy.lock', actor: through('dashboard')}),
      'forbidden',
    ],
    [
      'a scope that the credential is not bound to',
      () => ({actor: actor(4), reached: ['s', 'elsewhere']}),
      'forbidden',
    ],
    ['a pattern wider than the credential', () => ({actor: actor(4), reached: ['**']}), 'forbidden'],
    ['what is beyond scopes, to a bound credential', () => ({actor: actor(4), reached: 'organization'}), 'forbidden'],
    ['an address that the credential is not bound to', () => ({actor: actor(7), address: '10.1.0.1'}), 'forbidden'],
    ['an unknown address, to a credential bound to some', () => ({actor: actor(7)}), 'forbidden'],
    ['a role without the permission', () => ({actor: actor(5)}), 'forbidden'],
    [
      "what the organization's own role leaves out",
      () => ({actor: actor(6), operation: 'secrets.delete'}),
      'forbidden',
    ],
    ["the server's own operation from a token", () => ({operation: 'server.initialize'}), 'forbidden'],
  ])('refuses %s, records it, and changes nothing else', async (_, more, code) => {
    const before = await dump()
    await expect(gate.write(ask(more()))).rejects.toMatchObject({code})
    expect(await dump()).toBe(before)
    expect(await outcomes()).toEqual(['refused'])
  })

  test.each([
    ['within its scopes', 4, ['s', 'other/db']],
    ["by the organization's own role", 6, ['s']],
    ['from an address of its own', 7, ['s']],
  ])('serves a credential %s', async (_, id, reached) => {
    await expect(gate.write(ask({actor: actor(id), reached, address: '::ffff:10.0.3.4'}))).resolves.toMatchObject({
      version: 1,
    })
  })

  test('undoes a noun that throws after it wrote, and spares its neighbours', async () => {
    const act: Act<'secrets.set', never, unknown> = async (tx, asks) => {
      const done = await setValues(tx, 'secret', asks)
      if (JSON.stringify(asks.map((a) => a.input)).includes('poison')) throw new Error('no')
      return done
    }
    const input = (key: string) => ({params: {key}, query: {scope: 's'}, body: {value: {encoding: 'utf8', data: key}}})
    const settled = await Promise.allSettled(
      ['GOOD', 'poison', 'FINE'].map((key) => gate.write(ask({act: act as never, input: input(key)}))),
    )
    expect(settled.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    const keys = await store.reader.selectFrom('entries').select('key').orderBy('key').execute()
    expect(keys).toEqual([{key: 'FINE'}, {key: 'GOOD'}])
    expect(await outcomes()).toEqual(['done', 'failed', 'done'])
    expect(faults.length).toBeGreaterThan(0)
  })

  test('counts a disclosure once, however often its turn is taken', async () => {
    const poison: Act<'secrets.set', unknown, null> = async () => {
      throw new Error('no')
    }
    const disclosed = gate.disclose({
      actor: actor(1),
      operation: 'scopes.compare',
      permission: 'variables.read',
      perMinute: 1,
      requestId: 'disclosure',
      address: null,
      input: null,
      target: {kind: 'scope'},
      reached: ['s'],
      reveal: async (_, asks) => asks.map(() => ({reply: 'shown', targets: [{kind: 'scope'}]})),
    })
    const neighbour = gate.write(ask({act: poison}))
    await expect(disclosed).resolves.toBe('shown')
    await expect(neighbour).rejects.toMatchObject({code: 'internal'})
  })

  test.each(
    {
      sqlite: [
        ['read-only', 'pragma query_only = on', 'pragma query_only = off'],
        ['full', 'pragma max_page_count = 1', 'pragma max_page_count = 1000000'],
      ],
      postgres: [
        ['read-only', 'set default_transaction_read_only = on', 'set default_transaction_read_only = off'],
        ['full', onVersions("raise exception 'no room' using errcode = '53100';"), undone],
        ['overloaded', onVersions("raise exception 'no room' using errcode = '53200';"), undone],
        ['overloaded', onVersions("raise exception 'it takes too long' using errcode = '57014';"), undone],
        ['unreachable', onVersions('perform pg_terminate_backend(pg_backend_pid());'), undone],
      ],
    }[engine] as [fault: string, spoil: string, mend: string][],
  )('answers that nothing was done when the store is %s, and works again afterwards', async (fault, spoil, mend) => {
    await sql.raw(spoil).execute(store.writer)
    const body = {value: {encoding: 'utf8', data: 'x'.repeat(20_000)}}
    const big = ask({input: {params: {key: 'BIG'}, query: {scope: 's'}, body}})
    await expect(gate.write(big)).rejects.toMatchObject({code: 'unavailable', message: expect.stringContaining(fault)})
    expect(faults).toContain('turn')
    await sql.raw(mend).execute(store.writer)
    await expect(gate.write(big)).resolves.toMatchObject({version: 1})
  })

  test('answers outcome_unknown to all when the commit fails, and works again afterwards', async () => {
    // A session of a token that is not there, checked only at the end: the engine itself refuses the COMMIT.
    const act: Act<'secrets.set', unknown, null> = async (tx, asks) => {
      if (engine === 'sqlite') await sql`pragma defer_foreign_keys = on`.execute(tx.db)
      const session = {id: Buffer.from('s'), token_id: 99, created_at: tx.now, expires_at: tx.now}
      await tx.db.insertInto('sessions').values(session).execute()
      return asks.map(() => ({reply: null, targets: [{kind: 'secret'}], changed: true}))
    }
    if (engine === 'postgres')
      await sqlOn(folder, 'alter table sessions alter constraint sessions_token_id_fkey deferrable initially deferred')
    const all = await Promise.allSettled([gate.write(ask({act})), gate.write(ask({operation: 'variables.set'}))])
    for (const one of all) expect(one).toMatchObject({status: 'rejected', reason: {code: 'outcome_unknown'}})
    expect(await outcomes()).toEqual([])
    await expect(gate.write(ask())).resolves.toMatchObject({version: 1})
  })

  test('counts a request id within its surface', async () => {
    const one = ask()
    const first = await gate.write(one)
    expect(await gate.write(one)).toEqual(first)
    await expect(gate.write({...one, actor: through('dashboard')})).resolves.toMatchObject({changed: false})
    expect(await outcomes()).toEqual(['done', 'unchanged'])
  })

  test.each([
    ['of one each', [1, 1, 1], [3]],
    ['of many', [5000, 4000, 1], [1, 1, 1]],
    ['of which some are of many', [1, 200, 100, 1, 9000, 1], [3, 2, 1]],
  ])('takes asks %s in turns that none makes long for the others', async (_, weights, turns) => {
    const taken: number[] = []
    const act: Act<'secrets.set', unknown, null> = async (_tx, asks) => {
      taken.push(asks.length)
      return asks.map(() => ({reply: null, targets: [{kind: 'secret'}], changed: false}))
    }
    await Promise.all(weights.map((weight) => gate.write(ask({act, weight}))))
    expect(taken).toEqual(turns)
  })

  test('answers a repeat to who may ask it today alone, and tells nobody else whether it is one', async () => {
    const one = ask({actor: actor(7), address: '10.0.0.1'})
    const first = await gate.write(one)
    const other = keyring.requestDigest('another request')
    for (const more of [{}, {digest: other}])
      await expect(gate.write({...one, address: '10.1.0.1', ...more})).rejects.toMatchObject({code: 'forbidden'})
    await store.writer.updateTable('tokens').set({role: 'auditor'}).where('id', '=', 7).execute()
    await expect(gate.write(one)).rejects.toMatchObject({code: 'forbidden'})
    await store.writer.updateTable('tokens').set({role: 'owner', scopes: '["other"]'}).where('id', '=', 7).execute()
    await expect(gate.write(one)).rejects.toMatchObject({code: 'forbidden'})
    await store.writer.updateTable('tokens').set({scopes: null}).where('id', '=', 7).execute()
    expect(await gate.write(one)).toEqual(first)
    expect(await outcomes()).toEqual(['done', 'refused', 'refused', 'refused', 'refused'])
  })

  test('lets a lock take effect between two writes that wait behind each other', async () => {
    const lock: Act<'policy.lock', unknown, null> = async (tx) => {
      const row = {
        org_id: 1,
        selector_by: 'all',
        selector_name: '',
        effect: 'cli-only',
        reason: null,
        created_at: tx.now,
        created_by: 'x',
      } as const
      await tx.db.insertInto('policy_rules').values(row).execute()
      return [{reply: null, targets: [{kind: 'policy'}], changed: true}]
    }
    const dashboard = through('dashboard')
    const settled = await Promise.allSettled([
      gate.write(ask({actor: dashboard})),
      gate.write(ask({operation: 'policy.lock', act: lock})),
      gate.write(ask({actor: dashboard})),
    ])
    expect(settled.map((one) => one.status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
  })

  test('refuses more than can wait at once, does all that it took, and all that the server itself asks', async () => {
    const all = Array.from({length: MAX_IN_PROGRESS / 2 + 100}, () => gate.write(ask()))
    const own = gate.write(ask({actor: serverActor({id: 1, name: 'default'}), operation: 'keys.retire', act: nothing}))
    const settled = await Promise.allSettled(all)
    const refused = settled.filter((one) => one.status === 'rejected').map(({reason}) => reason.code)
    expect(refused).toEqual(Array(100).fill('overloaded'))
    await expect(own).resolves.toBeNull()
    expect((await outcomes()).filter((outcome) => outcome === 'done')).toHaveLength(MAX_IN_PROGRESS / 2 + 1)
    await expect(gate.write(ask())).resolves.toMatchObject({changed: true})
  })

  test('refuses what has waited too long, and does nothing of it', async () => {
    let at = Date.now()
    const overloads: number[] = []
    const slow = createGate({
      store,
      keyring,
      now: () => new Date(),
      elapsed: () => at,
      onFault: (_, operation) => faults.push(operation),
      onOverload: () => overloads.push(at),
    })
    const act: Act<'secrets.set', unknown, null> = async (tx, asks) => {
      at += MAX_WAIT + 1
      return nothing(tx, asks)
    }
    const settled = await Promise.allSettled([slow.write(ask({act, weight: 10_000})), slow.write(ask({act}))])
    expect(settled).toMatchObject([{status: 'fulfilled'}, {status: 'rejected', reason: {code: 'overloaded'}}])
    expect(overloads).toHaveLength(1)
    expect(await outcomes()).toEqual(['done'])
    await slow.close()
  })

  test('refuses what has waited too long while a turn hangs', async () => {
    let at = Date.now()
    const hanging = createGate({
      store,
      keyring,
      now: () => new Date(),
      elapsed: () => at,
      onFault: (_, name) => faults.push(name),
    })
    let release = () => {}
    const began = new Promise<void>((begun) => {
      const act: Act<'secrets.set', unknown, null> = async (tx, asks) => {
        begun()
        await new Promise<void>((done) => {
          release = done
        })
        return nothing(tx, asks)
      }
      void hanging.write(ask({act}))
    })
    await began
    const late = hanging.write(ask())
    at += MAX_WAIT + 1
    await expect(late).rejects.toMatchObject({code: 'overloaded'})
    expect(await outcomes()).toEqual([])
    release()
    await hanging.close()
    expect(await outcomes()).toEqual(['done'])
  })
})

describe.runIf(engine === 'postgres')('the gate on PostgreSQL', () => {
  test.each(['40001', '40P01'])('takes a turn again that gave way to another server (%s)', async (code) => {
    await sqlOn(
      folder,
      onVersions(`if nextval('tries') < 4 then raise exception 'later' using errcode = '${code}'; end if;`),
    )
    await expect(gate.write(ask())).resolves.toMatchObject({version: 1})
    expect(await sqlOn(folder, 'select last_value from tries')).toEqual([{last_value: 4}])
    expect(await outcomes()).toEqual(['done'])
    expect(faults).toEqual([])
  })

  test('takes a turn again that gave way while each ask had a savepoint, too', async () => {
    await sqlOn(
      folder,
      onVersions("if nextval('tries') = 2 then raise exception 'later' using errcode = '40P01'; end if;"),
    )
    const broken = ask({
      act: async () => {
        throw new Error('a defect')
      },
    })
    const [good, bad] = await Promise.allSettled([gate.write(ask()), gate.write(broken)])
    expect(good).toMatchObject({status: 'fulfilled', value: {version: 1}})
    expect(bad).toMatchObject({status: 'rejected', reason: {code: 'internal'}})
    expect(await sqlOn(folder, 'select last_value from tries')).toEqual([{last_value: 3}])
  })

  test('gives up on a turn that always gives way, and has done nothing', async () => {
    await sqlOn(folder, onVersions("raise exception 'later' using errcode = '40001';"))
    const before = await dump()
    await expect(gate.write(ask())).rejects.toMatchObject({code: 'internal'})
    expect(await dump()).toBe(before)
    expect(await outcomes()).toEqual(['failed'])
  })

  test.each([
    ['refused', "raise exception 'no room' using errcode = '53100';", 'unavailable'],
    ['lost with its connection', 'perform pg_terminate_backend(pg_backend_pid());', 'outcome_unknown'],
  ])('a commit that is %s is answered, and the same request again does it once', async (_, body, code) => {
    await sqlOn(folder, onVersions(`if nextval('tries') = 1 then ${body} end if;`, 'at its commit'))
    const one = ask()
    await expect(gate.write(one)).rejects.toMatchObject({code})
    await expect(gate.write(one)).resolves.toMatchObject({version: 1})
    expect(await gate.write(one)).toMatchObject({version: 1})
    expect(await outcomes()).toEqual(['done'])
  })

  test('takes a turn again whose statements were prepared before a change of the schema', async () => {
    for (let turn = 0; turn < 3; turn++) await gate.write(ask())
    await sqlOn(folder, 'alter table audit_heads alter column sequence type numeric')
    await expect(gate.write(ask())).resolves.toMatchObject({version: 4})
    expect(await outcomes()).toEqual(['done', 'done', 'done', 'done'])
    expect(faults).toEqual([])
  })
})
