import {execFileSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {Agent} from 'node:https'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {AuditEntry} from '../../src/contract/routes/audit.ts'
import {routes} from '../../src/contract/routes/index.ts'
import type {KeysState} from '../../src/contract/routes/keys.ts'
import {target} from '../world/browser.ts'
import {leaksIn, newCanary} from '../world/canary.ts'
import {beside, filesOf, sqlOn} from '../world/database.ts'
import {engine} from '../world/engine.ts'
import {request} from '../world/request.ts'
import {type RunningServer, startServer} from '../world/server.ts'
import {storedVersions} from '../world/stored.ts'
import {onTerminal} from '../world/terminal.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

const VALUES = 500
const CLIENTS = 4

let w: World
let server: RunningServer
const canary = newCanary()
/** Every value that was acknowledged, by kind, key and version. */
const written = new Map<string, string>()

beforeAll(async () => {
  w = await world()
  server = w.server
  const agent = new Agent({keepAlive: true, maxSockets: 16})
  await Promise.all(
    Array.from({length: VALUES}, (_, index) =>
      set(index % 2 === 0 ? 'secret' : 'variable', `K${index}`, index % 10 === 0 ? 200_000 : index, agent),
    ),
  )
  agent.destroy()
}, 60_000)
afterAll(async () => {
  await server?.stop('SIGKILL')
  await w?.close()
})

async function set(kind: 'secret' | 'variable', key: string, length: number, agent?: Agent): Promise<void> {
  const value = `${canary} ${key} ${written.size} ${'x'.repeat(length)}`
  const route = kind === 'secret' ? routes.secretsSet : routes.variablesSet
  const {method, path} = target('cli', route, {params: {org: 'default', key}, query: {scope: 'production'}})
  const answer = await request(server.url, path, server.ca, {
    method,
    ...(agent === undefined ? {} : {agent}),
    headers: {authorization: `Bearer ${w.token}`},
    body: {value: {encoding: 'utf8', data: value}},
  })
  expect(answer.status, answer.text).toBe(200)
  written.set(`${kind} ${key} ${answer.json.version}`, value)
}

const state = async (): Promise<KeysState> => (await asToken(server, w.token, 'keysShow', {})).json
const inUse = ({dataKeys}: KeysState) => dataKeys.find(({retiredAt}) => retiredAt === null)!
const rotated = () => expect.poll(async () => (await state()).rotation?.finishedAt, {timeout: 30_000}).not.toBeNull()

async function entries(operation: string): Promise<AuditEntry[]> {
  const {json} = await asToken(server, w.token, 'auditList', {query: {operation}})
  return json.entries.map(({canonical}) => JSON.parse(canonical) as AuditEntry)
}

/** Stops the server, opens every version from the disk, and starts it again. */
async function everyValueOpens(): Promise<void> {
  await server.stop()
  const stored = await storedVersions(w.server.data)
  expect(new Map(stored.map(({kind, key, version, value}) => [`${kind} ${key} ${version}`, value]))).toEqual(written)
  for (const file of await filesOf(w.server.data)) expect(leaksIn(readFileSync(file), canary), file).toEqual([])
  server = await startServer({data: w.server.data, home: w.home, args: ['--listen', new URL(w.server.url).host]})
}

describe('rotating the data key', () => {
  test(`re-encrypts ${VALUES} values while ${CLIENTS} clients write and read`, {timeout: 60_000}, async () => {
    const before = inUse(await state())
    const old = await wrappedKey(before.id)
    let done = false
    const clients = Array.from({length: CLIENTS}, async (_, client) => {
      const agent = new Agent({keepAlive: true, maxSockets: 1})
      for (let turn = 0; !done || turn < 20; turn++) {
        await set('variable', `C${client}_${turn % 5}`, turn, agent)
        const key = `K${(client + turn * 2 + 1) % VALUES}`
        const {json, status} = await asToken(server, w.token, 'variablesGet', {
          params: {org: 'default', key: Number(key.slice(1)) % 2 === 0 ? 'K1' : key},
          query: {scope: 'production'},
        })
        expect(status).toBe(200)
        expect(json.value.data).toContain(canary)
      }
      agent.destroy()
    })
    const {stdout, stderr} = await succeed(w.cli(['server', 'rotate-key', '--data']))
    done = true
    await Promise.all(clients)
    expect(stdout).toMatch(/^Re-encrypted under data key \d+: \d+ versions, at /)
    expect(stderr).toBe('')

    const after = await state()
    expect(after.dataKeys).toHaveLength(1)
    expect(inUse(after).id).toBeGreaterThan(before.id)
    // A job writes the count, each second.
    await expect.poll(async () => inUse(await state()).sealed, {timeout: 10_000}).toBeGreaterThanOrEqual(written.size)
    expect(after.rotation).toMatchObject({remaining: 0})
    expect(after.rotation!.total).toBeGreaterThanOrEqual(VALUES)
    await everyValueOpens()
    // PostgreSQL keeps what was deleted until it writes over it.
    if (engine === 'sqlite')
      for (const file of await filesOf(w.server.data)) expect(readFileSync(file).includes(old)).toBe(false)
  })

  test('is recorded at its start and its end, and not for each value', async () => {
    expect(await entries('keys.rotate')).toMatchObject([
      {outcome: 'done', actor: {kind: 'token'}, target: {kind: 'data-key', name: '7'}},
    ])
    expect(await entries('keys.destroy')).toMatchObject([
      {
        outcome: 'done',
        actor: {kind: 'server', name: 'server'},
        surface: 'server',
        target: {kind: 'data-key', name: '1'},
      },
    ])
    expect(await entries('keys.reencrypt')).toEqual([])
    expect((await succeed(w.cli(['audit', 'verify']))).stdout).toMatch(/^Verified: \d+ entries/)
  })

  test('goes on after kill -9 in the middle', {timeout: 90_000}, async () => {
    let middle = false
    for (let round = 0; round < 10 && !middle; round++) {
      await succeed(w.cli(['server', 'rotate-key', '--data', '--no-wait']))
      const {keyId, total} = (await state()).rotation!
      middle = await killedInTheMiddle(keyId, total)
      if (!middle) await rotated()
    }
    expect(middle).toBe(true)
    server = await startServer({data: w.server.data, home: w.home, args: ['--listen', new URL(w.server.url).host]})
    await rotated()
    const after = await state()
    expect(after.dataKeys).toMatchObject([{retiredAt: null}])
    expect(after.rotation).toMatchObject({remaining: 0})
    await everyValueOpens()
    expect((await succeed(w.cli(['audit', 'verify']))).stdout).toMatch(/^Verified: \d+ entries/)
  })

  test('shows its progress on a terminal, and the keys on request', async () => {
    const shown = await onTerminal(['server', 'rotate-key', '--data'], w.home, [
      {at: /re-encrypt every value\?/, type: 'y\r'},
    ])
    expect(shown.screen).toMatch(/re-encrypting: \d+ of \d+ versions/)
    expect(shown.screen).toMatch(/Re-encrypted under data key \d+/)
    const {stdout} = await succeed(w.cli(['server', 'rotate-key', '--status']))
    expect(stdout).toContain(`Root key ${(await state()).rootKeyId}`)
    expect(stdout).toMatch(/in use\t\d+/)
  })

  test('a second one while the first runs changes nothing', async () => {
    const [first, second] = await Promise.all([
      asToken(server, w.token, 'keysRotate', {}),
      asToken(server, w.token, 'keysRotate', {}),
    ])
    expect([first.json.changed, second.json.changed].sort()).toEqual([false, true])
    expect(first.json.rotation!.keyId).toBe(second.json.rotation!.keyId)
    await rotated()
  })

  test('leaves a value that does not open as it is, with its key, and says so', {timeout: 30_000}, async () => {
    await server.stop()
    await damage(w.server.data)
    server = await startServer({data: w.server.data, home: w.home, args: ['--listen', new URL(w.server.url).host]})
    const before = inUse(await state())
    const ran = await w.cli(['server', 'rotate-key', '--data'])
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('1 versions do not open')])
    const after = await state()
    expect(after.dataKeys).toMatchObject([{id: before.id}, {retiredAt: null}])
    expect(after.rotation).toMatchObject({remaining: 1})
    expect(server.output()).toContain('do not open')
  })
})

/** Changes a byte of a sealed value. */
async function damage(data: string): Promise<void> {
  if (engine === 'sqlite') return damageFile(join(data, 'postern.db'))
  const [row] = await sqlOn<{entry_id: number; version: number; sealed: Uint8Array}>(
    data,
    'select entry_id, version, sealed from versions order by entry_id, version limit 1',
  )
  row!.sealed[20]! ^= 1
  await sqlOn(
    data,
    'update versions set sealed = ? where entry_id = ? and version = ?',
    row!.sealed,
    row!.entry_id,
    row!.version,
  )
}

/**
 * In a process of its own: this one has had the file open before, and SQLite would use what it remembers of the log that
 * the server has removed since.
 */
function damageFile(path: string): void {
  const script = `const {DatabaseSync} = require('@photostructure/sqlite')
    const database = new DatabaseSync(process.argv[1])
    const [{ok}] = database.prepare('select integrity_check as ok from pragma_integrity_check').all()
    if (ok !== 'ok') throw new Error(ok)
    const {sealed} = database.prepare('select sealed from versions where rowid = 3').get()
    sealed[20] ^= 1
    database.prepare('update versions set sealed = ? where rowid = 3').run(sealed)`
  execFileSync(process.execPath, ['-e', script, path])
}

/** A data key as it is stored, wrapped. */
async function wrappedKey(id: number): Promise<Buffer> {
  const [row] = await sqlOn<{wrapped: Uint8Array}>(w.server.data, 'select wrapped from keys where id = ?', id)
  return Buffer.from(row!.wrapped)
}

/** Kills the server once some versions are re-encrypted and some are not; false: it was through before. */
async function killedInTheMiddle(keyId: number, total: number): Promise<boolean> {
  const id = Buffer.alloc(4)
  id.writeUInt32BE(keyId)
  const store = await beside(w.server.data)
  const count = async () => {
    const [row] = await store.query<{n: number}>(
      'select count(*) as n from versions where substr(sealed, 2, 4) < ?',
      id,
    )
    return row!.n
  }
  try {
    for (;;) {
      const left = await count()
      if (left === 0) return false
      if (left < total) {
        await server.stop('SIGKILL')
        return (await count()) > 0
      }
      await new Promise((next) => setImmediate(next))
    }
  } finally {
    await store.close()
  }
}
