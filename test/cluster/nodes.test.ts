import {randomUUID} from 'node:crypto'
import {existsSync, readdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import pg from 'pg'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {rootKeyId} from '../../src/server/keyring/wrap.ts'
import {caFingerprint} from '../../src/server/tls/ca-fingerprint.ts'
import {pressButton, type Session, signIn} from '../world/browser.ts'
import {newCanary} from '../world/canary.ts'
import {type Nodes, startNodes} from '../world/nodes.ts'
import {query} from '../world/postgres.ts'
import {run} from '../world/program.ts'
import {request} from '../world/request.ts'
import {type RunningServer, startServer} from '../world/server.ts'
import {until} from '../world/trial.ts'
import {asToken, succeed} from '../world/world.ts'
import {startWriters, type Writers} from '../world/writers.ts'

/** More: POSTERN_TEST_ROUNDS=30, which test:rounds goes up to. */
const KILLS = Math.min(Number(process.env.POSTERN_TEST_ROUNDS ?? 2), 30)

let n: Nodes
let writers: Writers | undefined
beforeAll(async () => {
  n = await startNodes(`nodes_${randomUUID()}`, 3)
}, 180_000)
afterAll(async () => {
  writers?.abandon()
  await n?.close()
})

const rows = <R extends object>(text: string, values: unknown[] = []) =>
  query<R & Record<string, unknown>>(n.url, text, values)
const each = <R>(ask: (node: RunningServer) => Promise<R>): Promise<R[]> => Promise.all(n.all.map(ask))
const put = (
  node: RunningServer,
  key: string,
  value: string,
  more: {body?: object; headers?: Record<string, string>; token?: string} = {},
) =>
  asToken(
    node,
    more.token ?? n.token,
    'secretsSet',
    {
      params: {org: 'default', key},
      query: {scope: 'shared'},
      body: {value: {encoding: 'utf8', data: value}, ...more.body},
    },
    more.headers,
  )

/** Who writes all the time over all nodes, each request to the next one; what got no answer goes to another. */
function underLoad(): Writers {
  let asked = 0
  writers = startWriters({
    count: 6,
    scope: `load-${randomUUID()}`,
    token: n.token,
    canary: newCanary(),
    server: () => n.all[asked++ % n.all.length]!,
  })
  return writers
}

/** The chain, by SQL and by each node's own: no gap, no fork, no entry but as it was signed. */
async function isOneChain(): Promise<void> {
  const broken = await rows(`
    select org_id, sequence from (
      select *, row_number() over by_org as counted,
        lag(hash, 1, repeat('0', 64)) over by_org as before
      from audit window by_org as (partition by org_id order by sequence)
    ) as chained
    where sequence <> counted or canonical::jsonb ->> 'previous' <> before
      or hash <> encode(sha256(convert_to(canonical, 'UTF8')), 'hex')`)
  expect(broken).toEqual([])
  for (const node of n.all) {
    const {stdout} = await succeed(n.cli(node, ['audit', 'verify']))
    expect(stdout).toMatch(/^Verified: \d+ entries/)
  }
}

/** Every version that was acknowledged is there, once; nothing else is. */
async function isAllThere({acknowledged}: Writers): Promise<void> {
  const said = acknowledged.flatMap(({kind, items, versions}) =>
    items.map(({key}, index) => `${kind} ${key} ${versions[index]}`),
  )
  const [{scope}] = (await rows<{scope: string}>(
    `select scope from entries where scope like 'load-%' order by id desc limit 1`,
  )) as [{scope: string}]
  const stored = await rows<{name: string}>(
    `select kind || ' ' || key || ' ' || versions.version as name from versions
     join entries on entries.id = entry_id where scope = $1`,
    [scope],
  )
  expect(stored.map(({name}) => name).sort()).toEqual(said.sort())
}

describe('three nodes that start at the same time on an empty database', () => {
  test('make one schema, one organization, one owner, one authority', async () => {
    expect(await rows('select name from organizations')).toEqual([{name: 'default'}])
    expect(await rows('select name, role from tokens')).toEqual([{name: 'owner', role: 'owner'}])
    expect(n.all.filter(({data}) => existsSync(join(data, 'owner-enrolment')))).toHaveLength(1)
    expect(new Set(n.all.map(({ca}) => ca)).size).toBe(1)
    const purposes = await rows<{purpose: string}>('select purpose from keys order by 1')
    expect(purposes.map(({purpose}) => purpose)).toEqual([
      'audit',
      'authority',
      'data',
      'equality',
      'pepper',
      'sealing',
    ])
    const done = await rows<{operation: string}>("select operation from audit where outcome = 'done' order by sequence")
    expect(done.map(({operation}) => operation)).toEqual(['server.keep-authority', 'server.initialize'])
    await isOneChain()
  })

  test('let no other root key in: it names the one that is needed, and leaves nothing', async () => {
    const before = await rows('select * from keys order by id')
    const other = join(n.folder, 'other.key')
    writeFileSync(other, Buffer.alloc(32, 8).toString('base64'), {mode: 0o600})
    const start = (name: string, ...args: string[]) =>
      startServer({data: join(n.folder, name), home: n.home, args, env: {POSTERN_DATABASE_URL: n.url}})
    const needed = rootKeyId(Buffer.alloc(32, 7))
    await expect(start('with-another', '--root-key-file', other)).rejects.toThrow(`the root key with id ${needed}`)
    await expect(start('with-none')).rejects.toThrow(needed)
    expect(readdirSync(join(n.folder, 'with-none'))).toEqual(['lock.db'])
    expect(readdirSync(join(n.folder, 'with-another'))).toEqual(['lock.db'])
    expect(await rows('select * from keys order by id')).toEqual(before)
  })
})

describe('what one node answered holds on every other', () => {
  test('a value is read where it was not written', async () => {
    for (const [index, node] of n.all.entries()) {
      const value = `from ${index}`
      await asToken(node, n.token, 'variablesSet', {
        params: {org: 'default', key: 'V'},
        query: {scope: 'shared'},
        body: {value: {encoding: 'utf8', data: value}},
      })
      const read = await each((other) =>
        asToken(other, n.token, 'variablesGet', {params: {org: 'default', key: 'V'}, query: {scope: 'shared'}}),
      )
      expect(read.map(({json}) => json.value.data)).toEqual([value, value, value])
    }
  })

  test('writers of one name get every number once', async () => {
    const answers = await Promise.all(
      Array.from({length: 60}, (_, index) => put(n.all[index % 3]!, 'ONE', `value ${index}`)),
    )
    expect(answers.map(({json}) => json.version).sort((a, b) => a - b)).toEqual(answers.map((_, index) => index + 1))
  })

  test('of three that expect the same version, one wins', async () => {
    for (let version = 0; version < 10; version++) {
      const answers = await each((node) =>
        put(node, 'CONTESTED', `${version} ${node.url}`, {body: {expectVersion: version}}),
      )
      expect(answers.map(({status}) => status).sort()).toEqual([200, 409, 409])
    }
  })

  test('a request that is sent to all of them is done once, and answered the same', async () => {
    for (let round = 0; round < 10; round++) {
      const headers = {'x-request-id': randomUUID()}
      const answers = await each((node) => put(node, 'REPEATED', `round ${round}`, {headers}))
      expect(answers.map(({status, json}) => [status, json.version])).toEqual(Array(3).fill([200, round + 1]))
    }
    const [{count}] = (await rows<{count: string}>(
      "select count(*) from audit where canonical::jsonb -> 'target' ->> 'name' = 'REPEATED'",
    )) as [{count: string}]
    expect(Number(count)).toBe(10)
  })

  test('a token that was revoked on one is refused on all', async () => {
    for (const [index, node] of n.all.entries()) {
      const name = `brief-${index}`
      const {json} = await asToken(node, n.token, 'tokensCreate', {body: {name, role: 'owner'}})
      const write = () => each((other) => put(other, 'BY_TOKEN', `value ${randomUUID()}`, {token: json.token!}))
      expect((await write()).map(({status}) => status)).toEqual([200, 200, 200])
      await asToken(node, n.token, 'tokensRevoke', {params: {org: 'default', name}})
      expect((await write()).map(({status}) => status)).toEqual([401, 401, 401])
    }
  })
})

describe('the dashboard over several nodes', () => {
  const newLink = async () => {
    const {json} = await asToken(n.all[0]!, n.token, 'dashboardOpen', {})
    return {url: json.url, link: new URL(json.url).searchParams.get('link')!}
  }
  /** The same session, at another node. */
  const at =
    (node: RunningServer, {cookie, csrfToken}: Session): Session['send'] =>
    (path, options = {}) =>
      request(node.dashboardUrl, path, node.ca, {...options, headers: {cookie, 'x-csrf-token': csrfToken}})
  const set = (send: Session['send'], key: string) =>
    send(`/dashboard/v1/orgs/default/secrets/${key}?scope=shared`, {
      method: 'PUT',
      body: {value: {encoding: 'utf8', data: randomUUID()}},
    })

  test('of 64 that press the button of one link on three nodes, one is let in', async () => {
    const {link} = await newLink()
    const answers = await Promise.all(
      Array.from({length: 64}, (_, index) => pressButton(n.all[index % 3]!.dashboardUrl, link, n.all[0]!.ca)),
    )
    expect(answers.filter(({headers}) => headers['set-cookie'] !== undefined)).toHaveLength(1)
    expect(answers.filter(({status}) => status === 403)).toHaveLength(63)
  })

  test('a session is one on every node, and ends on every one with its token', async () => {
    const [here, there] = n.all as [RunningServer, RunningServer]
    const token = await asToken(here, n.token, 'tokensCreate', {body: {name: 'of-session', role: 'owner'}})
    const link = await asToken(here, token.json.token!, 'dashboardOpen', {})
    const session = await signIn(link.json.url, here.ca)
    const statuses = async () => (await each((node) => set(at(node, session), 'BY_SESSION'))).map(({status}) => status)
    expect(await statuses()).toEqual([200, 200, 200])
    await asToken(there, n.token, 'tokensRevoke', {params: {org: 'default', name: 'of-session'}})
    expect(await statuses()).toEqual([401, 401, 401])
  })

  test('a lock that one node has answered refuses on the others from the next request on, under load too', async () => {
    const load = underLoad()
    await load.more(20)
    const session = await signIn((await newLink()).url, n.all[0]!.ca)
    const selectors = [{by: 'operation' as const, name: 'secrets.set'}]
    for (let round = 0; round < 6; round++) {
      const node = n.all[round % 3]!
      const statuses = async () => (await each((other) => set(at(other, session), 'LOCKED'))).map(({status}) => status)
      expect((await asToken(node, n.token, 'policyLock', {body: {selectors}})).status).toBe(200)
      expect(await statuses()).toEqual([403, 403, 403])
      expect((await asToken(node, n.token, 'policyUnlock', {body: {selectors}})).status).toBe(200)
      expect(await statuses()).toEqual([200, 200, 200])
    }
    await load.stop()
    expect(load.problems).toEqual([])
    await isAllThere(load)
    await isOneChain()
  })
})

describe('under load on all of them', () => {
  test('the data key is rotated on one: nothing is lost, all is under the new one, which the log says once', async () => {
    const load = underLoad()
    await load.more(50)
    const {json} = await asToken(n.all[1]!, n.token, 'keysRotate', {})
    const {keyId} = json.rotation!
    const state = async () => (await asToken(n.all[2]!, n.token, 'keysShow', {})).json
    await until('the end of re-encryption', async () => (await state()).rotation!.finishedAt !== null)
    // A log verifies while it grows, too.
    for (const {code, stdout} of await each((node) => n.cli(node, ['audit', 'verify'])))
      expect([code, stdout]).toEqual([0, expect.stringMatching(/^Verified: \d+ entries/)])
    await load.more(50)
    await load.stop()
    expect(load.problems).toEqual([])
    expect((await state()).dataKeys.map(({id}) => id)).toEqual([keyId])
    const older = await rows('select entry_id from versions where substr(sealed, 2, 4) <> int4send($1::int)', [keyId])
    expect(older).toEqual([])
    const ended = await rows("select outcome from audit where operation = 'keys.destroy'")
    expect(ended.filter(({outcome}) => outcome === 'done')).toHaveLength(1)
    await isAllThere(load)
    await isOneChain()
  })

  test(
    'one is killed, again and again: the others go on, and what it was asked is answered by them',
    async () => {
      const load = underLoad()
      for (let round = 0; round < KILLS; round++) {
        const index = round % n.all.length
        await load.more(40)
        await n.all[index]!.stop('SIGKILL')
        await load.more(40)
        await n.restart(index)
      }
      await load.more(40)
      await load.stop()
      expect(load.problems).toEqual([])
      await isAllThere(load)
      await isOneChain()
      console.info(
        `${KILLS} kills: ${load.acknowledged.length} writes acknowledged, ${load.unknown()} asked again of another node`,
      )
    },
    60_000 + KILLS * 20_000,
  )

  test('one freezes while it holds the log: the others wait for it for seconds, not for ever', async () => {
    const [frozen, other] = n.all as [RunningServer, RunningServer]
    const client = new pg.Client({connectionString: n.url})
    await client.connect()
    const holding = () =>
      rows(
        "select pid from pg_stat_activity where application_name = 'postern writes' and state = 'idle in transaction'",
      )
    const headers = {'x-request-id': randomUUID()}
    try {
      await client.query('begin; select from audit_heads for update')
      const stuck = put(frozen, 'FROZEN', 'one', {headers}).catch(() => null)
      await until('a write that waits', async () => {
        const waiting = await rows(
          "select pid from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'postern writes'",
        )
        return waiting.length === 1
      })
      frozen.process.kill('SIGSTOP')
      await client.query('commit')
      await until('a node that holds the log', async () => (await holding()).length === 1)

      const answer = await put(other, 'NOT_FROZEN', 'two')
      expect(answer.status).toBe(200)
      expect(await holding()).toEqual([])
      frozen.process.kill('SIGCONT')
      expect([undefined, 200, 503]).toContain((await stuck)?.status)
      expect((await put(frozen, 'FROZEN', 'one', {headers})).json).toMatchObject({version: 1, changed: true})
      expect((await put(frozen, 'FROZEN', 'two')).json).toMatchObject({version: 2, changed: true})
    } finally {
      frozen.process.kill('SIGCONT')
      await client.end()
    }
    await isOneChain()
  })
})

describe('with all of them stopped, on one machine', () => {
  const stopAll = () => each(async (node) => expect(await node.stop()).toBe(0))
  const startAll = () => Promise.all([...n.all.keys()].map((index) => n.restart(index)))
  const rotate = async (...argv: string[]) => {
    const {data} = n.all[2]!
    const env = {POSTERN_DATABASE_URL: n.url, POSTERN_ROOT_KEY_FILE: n.rootKeyFile}
    const ran = await run(['server', 'rotate-key', '--json', '--folder', data, ...argv], n.home, {env})
    return JSON.parse((await succeed(Promise.resolve(ran))).stdout)
  }
  const reads = async () => {
    const read = await each((node) =>
      asToken(node, n.token, 'variablesGet', {params: {org: 'default', key: 'V'}, query: {scope: 'shared'}}),
    )
    expect(read.map(({json}) => json.value.data)).toEqual(Array(3).fill('from 2'))
  }

  test('the root key is replaced: all start with the new file, and none with the old one', async () => {
    await stopAll()
    const next = join(n.folder, 'next.key')
    writeFileSync(next, Buffer.alloc(32, 11).toString('base64'), {mode: 0o600})
    const {to} = await rotate('--root', '--new-root-key-file', next)
    await expect(n.restart(0)).rejects.toThrow(`the root key with id ${to}`)
    n.rootKeyFile = next
    await startAll()
    await reads()
    await isOneChain()
  })

  test('the authority is replaced: all present the new one', async () => {
    await stopAll()
    const [{ca}] = n.all as [RunningServer]
    const {to} = await rotate('--authority', '--yes')
    await startAll()
    expect(n.all.map((node) => caFingerprint(node.ca))).toEqual([to, to, to])
    expect(n.all[0]!.ca).not.toBe(ca)
    await reads()
    await isOneChain()
  })
})
