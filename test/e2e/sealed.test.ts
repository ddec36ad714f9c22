import {generateKeyPairSync, sign} from 'node:crypto'
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {MAX_VALUE_BYTES} from '../../src/contract/limits.ts'
import type {WireValue} from '../../src/contract/value.ts'
import {
  type SealedFor,
  type SealingKey,
  sealForWire,
  sealingKeyBytes,
  sealingKeyId,
  verifiedSealingKey,
} from '../../src/formats/sealed-wire-value.ts'
import {leaksIn, newCanary} from '../world/canary.ts'
import {AUDIT_TABLES, contentOf} from '../world/database.ts'
import {type EndingProxy, endingProxy} from '../world/ending-proxy.ts'
import {run} from '../world/program.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

let w: World
let proxy: EndingProxy
let home: string
beforeAll(async () => {
  w = await world()
  proxy = await endingProxy(w.server)
  home = join(w.folder, 'behind')
  mkdirSync(home)
  writeFileSync(join(w.folder, 'proxy.crt'), proxy.ca)
  await succeed(behind(['login', proxy.url, '--ca-file', join(w.folder, 'proxy.crt')], w.token))
})
afterAll(async () => {
  await proxy?.close()
  await w?.close()
})

/** Runs the program as somebody who reaches the server through the proxy alone. */
const behind = (argv: readonly string[], stdin = '', env = {}) => run(argv, home, {stdin, env})

/** Whether the server has this very value: a set of the same one changes nothing. */
async function has(noun: string, key: string, value: string): Promise<boolean> {
  const {stdout} = await succeed(w.cli([noun, 'set', '-s', 'production', key, '--json'], {stdin: value}))
  return (JSON.parse(stdout) as {changed: boolean}).changed === false
}

describe('through a proxy that ends TLS', () => {
  test.each(['secret', 'variable'])('%s set shows it the value, and with --seal does not', async (noun) => {
    const [plain, sealed] = [newCanary(), newCanary()]
    await succeed(behind([noun, 'set', '-s', 'production', 'PLAIN'], plain))
    await succeed(behind([noun, 'set', '-s', 'production', 'SEALED', '--seal'], sealed))
    expect(leaksIn(proxy.saw(), plain)).toEqual(['plain'])
    expect(leaksIn(proxy.saw(), sealed)).toEqual([])
    expect(leaksIn(w.server.output(), sealed)).toEqual([])
    expect(await has(noun, 'SEALED', sealed)).toBe(true)
  })

  test('secret set --missing --seal does not', async () => {
    const values = {FIRST: newCanary(), SECOND: newCanary()}
    for (const key of Object.keys(values)) await succeed(w.cli(['secret', 'declare', '-s', 'production', key]))
    const argv = ['secret', 'set', '-s', 'production', '--missing', '--seal', '--from-stdin']
    await succeed(behind(argv, JSON.stringify(values)))
    for (const [key, value] of Object.entries(values)) {
      expect(leaksIn(proxy.saw(), value)).toEqual([])
      expect(await has('secret', key, value)).toBe(true)
    }
  })

  test.each([
    ['does not', [], []],
    ['shows the fingerprints that are compared, with --dry-run', ['--dry-run'], ['fingerprint']],
  ])('secret import --seal %s', async (_, flags, seen) => {
    const values = {IMPORTED_1: newCanary(), IMPORTED_2: newCanary()}
    const file = Object.entries(values)
      .map(([key, value]) => `${key}=${value}\n`)
      .join('')
    const argv = ['secret', 'import', '-s', 'production', '--file', '-', '--yes', '--seal', ...flags]
    await succeed(behind(argv, file))
    for (const [key, value] of Object.entries(values)) {
      expect(leaksIn(proxy.saw(), value)).toEqual(seen)
      if (flags.length === 0) expect(await has('secret', key, value)).toBe(true)
    }
  })

  const {x} = generateKeyPairSync('x25519').publicKey.export({format: 'jwk'})
  const own = Buffer.from(x!, 'base64url')
  const ownSigner = generateKeyPairSync('ed25519').privateKey
  const ofProxy = {keyId: sealingKeyId(own), publicKey: own.toString('base64')}
  test.each<[string, (key: SealingKey) => SealingKey]>([
    ['a key of its own under the server’s signature', (key) => ({...key, ...ofProxy})],
    [
      'a key of its own that it signed',
      (key) => ({...key, ...ofProxy, signature: sign(null, sealingKeyBytes(own), ownSigner).toString('base64')}),
    ],
    ['a key without a signature', (key) => ({...key, ...ofProxy, signature: ''})],
    ['another suite', (key) => ({...key, suite: 'none'})],
  ])('that gives %s, --seal sends nothing', async (_, change) => {
    const value = newCanary()
    proxy.replace('/sealing-key', (text) => JSON.stringify(change(JSON.parse(text))))
    const before = proxy.asked.length
    try {
      const ran = await behind(['secret', 'set', '-s', 'production', 'REPLACED', '--seal', '--json'], value)
      expect(ran.code).toBe(8)
      expect(JSON.parse(ran.stdout)).toMatchObject({error: {code: 'untrusted'}})
      expect(proxy.asked.slice(before)).toEqual(['GET /admin/v1/sealing-key'])
      expect(leaksIn(ran.stdout + ran.stderr + proxy.saw(), value)).toEqual([])
    } finally {
      proxy.replace('/sealing-key', null)
    }
  })
})

test('--seal without a profile of the server is refused before anything is sent', async () => {
  const before = proxy.asked.length
  const env = {POSTERN_URL: proxy.url, POSTERN_TOKEN: w.token, POSTERN_CA_FILE: join(w.folder, 'proxy.crt')}
  const empty = join(w.folder, 'empty')
  mkdirSync(empty)
  const ran = await run(['secret', 'set', '-s', 'production', 'K', '--seal'], empty, {stdin: 'x', env})
  expect([ran.code, ran.stderr]).toEqual([3, expect.stringContaining('postern login')])
  expect(proxy.asked.length).toBe(before)
})

test('--seal with --dry-run stays offline', async () => {
  const before = proxy.asked.length
  const {stdout} = await succeed(behind(['secret', 'set', '-s', 'production', 'K', '--seal', '--dry-run'], 'x'))
  expect(stdout).toContain('[dry-run] would set K')
  expect(proxy.asked.length).toBe(before)
})

describe('the server', () => {
  let key: SealingKey
  beforeEach(async () => {
    key = (await asToken(w.server, w.token, 'sealingKey', {})).json
  })
  const seal = async (name: Partial<SealedFor>, bytes: string | Uint8Array): Promise<WireValue> => {
    const whole: SealedFor = {org: 'default', kind: 'secret', scope: 'production', key: 'K', ...name}
    const sealed = await sealForWire(Buffer.from(key.publicKey, 'base64'), whole, Buffer.from(bytes))
    return {encoding: 'hpke', keyId: key.keyId, ...sealed}
  }
  const query = {scope: 'production'}
  const set = (value: WireValue, headers = {}, token = w.token) =>
    asToken(w.server, token, 'secretsSet', {params: {org: 'default', key: 'K'}, query, body: {value}}, headers)

  test('gives the same signed key on both surfaces', async () => {
    const {auditKey} = (await asToken(w.server, w.token, 'whoami', {})).json
    expect(verifiedSealingKey(key, auditKey)).toHaveLength(32)
    const session = await w.dashboard()
    expect((await session.call('sealingKey', {})).json).toEqual(key)
    const ofDashboard = {
      params: {org: 'default', key: 'D'},
      query,
      body: {value: await seal({key: 'D'}, 'from a page')},
    }
    expect((await session.call('secretsSet', ofDashboard)).status).toBe(200)
    expect(await has('secret', 'D', 'from a page')).toBe(true)
  })

  test.each([
    ['nothing', new Uint8Array()],
    ['bytes that are no text', Uint8Array.of(0xff, 0, 0x80)],
    ['the largest value', new Uint8Array(MAX_VALUE_BYTES).fill(0x61)],
  ])('opens %s', async (_, bytes) => {
    const {status, json} = await set(await seal({}, bytes))
    expect([status, json]).toMatchObject([200, {length: bytes.length}])
    const again = {encoding: 'base64', data: Buffer.from(bytes).toString('base64')} as const
    expect((await set(again)).json.changed).toBe(false)
  })

  test('refuses a value of one byte too many', async () => {
    const {status, json} = await set(await seal({}, new Uint8Array(MAX_VALUE_BYTES + 1)))
    expect([status, json]).toMatchObject([422, {code: 'value_refused'}])
  })

  const altered = (value: WireValue, by: object) => ({...value, ...by}) as WireValue
  test.each<[string, () => Promise<WireValue>]>([
    ['for another key', () => seal({key: 'OTHER'}, 'x')],
    ['for another scope', () => seal({scope: 'staging'}, 'x')],
    ['for a variable', () => seal({kind: 'variable'}, 'x')],
    ['for another organization', () => seal({org: 'acme'}, 'x')],
    ['to a key that it does not know', async () => altered(await seal({}, 'x'), {keyId: '0'.repeat(16)})],
    ['and cut short', async () => altered(await seal({}, 'x'), {data: 'AAAA'})],
    ['with an encapsulated key of low order', async () => altered(await seal({}, 'x'), {enc: `${'A'.repeat(43)}=`})],
    ['with what is not base64', async () => altered(await seal({}, 'x'), {data: '%%%%'})],
  ])('refuses a value sealed %s, in the same words, and changes nothing', async (_, make) => {
    const before = await contentOf(w.server.data, AUDIT_TABLES)
    const {status, json, text} = await set(await make())
    expect([status, json]).toMatchObject([
      422,
      {code: 'value_refused', detail: expect.stringMatching(/^The value does not open: .* Fetch the key again/)},
    ])
    expect(text).not.toMatch(/AAAA|%%%|0000/)
    expect(await contentOf(w.server.data, AUDIT_TABLES)).toEqual(before)
  })

  test.each([
    ['an id of another form', {keyId: 'KEY'}],
    ['an encapsulated key of another length', {enc: 'AAAA'}],
    ['an encapsulated key that is not base64', {enc: '%'.repeat(44)}],
    ['one field more', {more: 1}],
  ])('calls %s malformed', async (_, by) => {
    expect((await set(altered(await seal({}, 'x'), by))).json).toMatchObject({code: 'malformed'})
  })

  test('says no by permission before it says anything of the value, and records it', async () => {
    const {stdout} = await succeed(w.cli(['token', 'create', 'reader', '--role', 'auditor']))
    const {json} = await set(await seal({key: 'OTHER'}, 'x'), {}, stdout.trim())
    expect(json).toMatchObject({code: 'forbidden'})
    const log = await asToken(w.server, w.token, 'auditList', {params: {org: 'default'}, query: {limit: 1}})
    expect(log.json.entries[0]!.canonical).toContain('"code":"forbidden"')
  })

  test('answers a repeat of the same bytes as the first time, and takes another sealing for another request', async () => {
    const [value, other] = [await seal({}, 'repeated'), await seal({}, 'repeated')]
    const headers = {'x-request-id': 'sealed-repeat-1'}
    const first = await set(value, headers)
    expect(first.status).toBe(200)
    expect((await set(value, headers)).json).toEqual(first.json)
    expect((await set(other, headers)).json).toMatchObject({code: 'request_id_reused'})
  })

  test.each(['secret', 'variable'] as const)('sets many %ss, sealed and not, or none', async (kind) => {
    const route = kind === 'secret' ? 'secretsSetMany' : 'variablesSetMany'
    const scope = `many/${kind}`
    const items = [
      {scope, key: 'A', value: await seal({kind, scope, key: 'A'}, 'sealed')},
      {scope, key: 'B', value: {encoding: 'utf8', data: 'plain'} as const},
    ]
    const many = (all: typeof items) =>
      asToken(w.server, w.token, route, {params: {org: 'default'}, query: {}, body: {items: all}})
    const swapped = [items[1]!, {...items[0]!, key: 'C'}]
    expect((await many(swapped)).json).toMatchObject({
      code: 'value_refused',
      detail: expect.stringMatching(/^Item 2 of 2: The value does not open/),
    })
    expect((await many(items)).json).toMatchObject({changed: 2})
    const again = [{...items[0]!, value: {encoding: 'utf8', data: 'sealed'} as const}, items[1]!]
    expect((await many(again)).json).toMatchObject({changed: 0, unchanged: 2})
  })
})
