import {X509Certificate} from 'node:crypto'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {rootKeyId} from '../../../src/server/keyring/wrap.ts'
import {rotateKeys} from '../../../src/server/keys/rotate.ts'
import {rotateRoot} from '../../../src/server/keys/rotate-root.ts'
import {openServices, type Services} from '../../../src/server/services.ts'
import {makeAuthority} from '../../../src/server/tls/certificates.ts'
import {namesFor} from '../../../src/server/tls/names.ts'
import {privateAuthority} from '../../../src/server/tls/private-authority.ts'
import {getVariables} from '../../../src/server/variables/get.ts'
import {setVariables} from '../../../src/server/variables/set.ts'
import {actor} from '../../world/actor.ts'
import {sqlOn} from '../../world/database.ts'
import {openTestStore} from '../../world/engine.ts'

let folder: string
let nodes: [Services, Services]
const faults: unknown[] = []
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-nodes-'))
  const node = async () =>
    openServices({
      store: await openTestStore(folder),
      rootKey: Buffer.alloc(32, 3),
      version: '1.2.3',
      dashboardUrl: () => '',
      onFault: (error) => faults.push(error),
    })
  nodes = [await node(), await node()]
  faults.length = 0
  await nodes[0].ownerToken(async () => {})
})
afterEach(async () => {
  for (const node of nodes) await node.close()
  rmSync(folder, {recursive: true})
})

const owner = actor(1, {name: 'owner'})
let requests = 0
const common = () => {
  requests += 1
  const requestId = `request-${requests}`
  return {actor: owner, requestId, address: null, target: {kind: 'variable'}, digest: Buffer.from(requestId)}
}
const write = {dryRun: false, oneTimeReply: false}
const place = (key: string) => ({params: {org: 'default', key}, query: {scope: 's'}})

const set = ({context: {gate}}: Services, key: string) =>
  gate.write({
    ...common(),
    ...write,
    operation: 'variables.set',
    act: setVariables,
    input: {...place(key), body: {value: {encoding: 'utf8', data: `value of ${key}`}}} as never,
    reached: ['s'],
  })
const get = async ({context: {gate}}: Services, key: string) => {
  const reply = await gate.disclose({
    ...common(),
    operation: 'variables.get',
    permission: 'variables.read',
    reveal: getVariables,
    input: {...place(key), body: undefined} as never,
    reached: ['s'],
  })
  return reply.value.data
}
const rotate = ({context: {gate, keyring}}: Services) =>
  gate.write({
    ...common(),
    ...write,
    operation: 'keys.rotate',
    act: rotateKeys(keyring),
    input: {params: {org: 'default'}, query: undefined, body: undefined},
    reached: 'organization',
  })
/** Which data keys seal what is stored. */
const sealing = async ({context: {reader}}: Services) =>
  (await reader.selectFrom('versions').select('sealed').execute()).map((row) => Buffer.from(row.sealed).readUInt32BE(1))

test('a node seals under a new data key that another made, and under no retired one', async () => {
  const [here, there] = nodes
  await set(there, 'A')
  await rotate(here)
  await set(there, 'B')
  await set(here, 'C')
  expect(await sealing(here)).toEqual([1, 6, 6])
  expect(faults).toEqual([])
})

test('what goes in one turn with a rotation is sealed before it or after it', async () => {
  const [here] = nodes
  await Promise.all([set(here, 'A'), set(here, 'B'), rotate(here), set(here, 'C')])
  expect(await sealing(here)).toEqual([1, 1, 6])
  await here.minutely()
  const keys = await here.context.reader
    .selectFrom('keys')
    .select(['id', 'sealed_count'])
    .where('purpose', '=', 'data')
    .execute()
  expect(keys).toEqual([
    {id: 1, sealed_count: 2},
    {id: 6, sealed_count: 1},
  ])
  expect(faults).toEqual([])
})

test('a node opens what another sealed under a data key that it has not seen', async () => {
  const [here, there] = nodes
  await rotate(here)
  await set(here, 'A')
  expect(await get(there, 'A')).toBe('value of A')
  expect(faults).toEqual([])
})

test('a value that names a data key which is nowhere fails alone', async () => {
  const [here] = nodes
  await set(here, 'A')
  await set(here, 'B')
  const [row] = await sqlOn<{sealed: Uint8Array}>(folder, 'select sealed from versions where entry_id = 1')
  row!.sealed[4] = 9
  await sqlOn(folder, 'update versions set sealed = ? where entry_id = 1', row!.sealed)
  const [a, b] = await Promise.allSettled([get(here, 'A'), get(here, 'B')])
  expect(a).toMatchObject({
    status: 'rejected',
    reason: {code: 'damaged', message: expect.stringContaining('of the variable A in s')},
  })
  expect(b).toMatchObject({status: 'fulfilled', value: 'value of B'})
})

test('two nodes that start at once present one authority, whichever was first; the log has both', async () => {
  const now = new Date()
  const sources = await Promise.all(
    nodes.map(({authority}, index) => privateAuthority(join(folder, `tls-${index}`), authority, namesFor([]), now)),
  )
  const [here, there] = sources.map(({current}) => current)
  expect(here!.caFingerprint).toBe(there!.caFingerprint)
  expect(here!.key).not.toBe(there!.key)
  const rows = await nodes[0].context.reader
    .selectFrom('audit')
    .select('canonical')
    .where('operation', '=', 'server.keep-authority')
    .execute()
  const entries = rows.map(({canonical}) => JSON.parse(canonical))
  expect(entries.map(({outcome}) => outcome)).toEqual(['done', 'unchanged'])
  expect(entries.map(({target}) => target)).toEqual(
    Array(2).fill({kind: 'authority', name: here!.caFingerprint!.slice(0, 16)}),
  )
  const [ca, leaf] = [readFileSync(join(folder, 'tls-0/ca.crt'), 'utf8'), new X509Certificate(there!.cert)]
  expect(leaf.verify(new X509Certificate(ca).publicKey)).toBe(true)
  expect(faults).toEqual([])
})

test('a node adds no key under a root key that the others have left', async () => {
  const [here, there] = nodes
  const to = Buffer.alloc(32, 4)
  await there.asServer({
    operation: 'server.rotate-root',
    act: rotateRoot(Buffer.alloc(32, 3), to),
    input: null,
    target: {kind: 'root-key', name: rootKeyId(to)},
  })
  await expect(rotate(here)).rejects.toMatchObject({code: 'internal'})
  await expect(here.authority.keep(await makeAuthority(new Date()))).rejects.toMatchObject({code: 'internal'})
  expect(String(faults[0])).toContain(`under the root key ${rootKeyId(to)} now`)
  expect(await here.context.reader.selectFrom('keys').select('root_key_id').distinct().execute()).toEqual([
    {root_key_id: rootKeyId(to)},
  ])
})
