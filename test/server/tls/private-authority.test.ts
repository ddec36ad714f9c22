import {X509Certificate} from 'node:crypto'
import {once} from 'node:events'
import {mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises'
import {createServer, type Server} from 'node:https'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {checkServerIdentity, connect, type DetailedPeerCertificate} from 'node:tls'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {openServices, type Services} from '../../../src/server/services.ts'
import {caFingerprint} from '../../../src/server/tls/ca-fingerprint.ts'
import {type KeyAndCertificate, makeAuthority, makeLeaf} from '../../../src/server/tls/certificates.ts'
import type {Identity} from '../../../src/server/tls/identity.ts'
import {namesFor} from '../../../src/server/tls/names.ts'
import {privateAuthority} from '../../../src/server/tls/private-authority.ts'
import {sqlOn} from '../../world/database.ts'
import {openTestStore} from '../../world/engine.ts'

const DAY = 24 * 60 * 60 * 1000
const start = new Date()
const later = (days: number) => new Date(start.getTime() + days * DAY)

let data: string
let folder: string
let services: Services
let server: Server | undefined
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'postern-tls-'))
  folder = join(data, 'tls')
  services = await openServices({
    store: await openTestStore(data, 'sqlite'),
    rootKey: Buffer.alloc(32, 5),
    version: '1.2.3',
    dashboardUrl: () => '',
  })
})
afterEach(async () => {
  server?.close()
  server = undefined
  await services.close()
  await rm(data, {recursive: true, force: true})
})

async function serve({key, cert}: Identity): Promise<number> {
  server = createServer({key, cert}, (_, reply) => reply.end('ok'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A real handshake, in which the client trusts `ca` alone and asks for `name`. */
function handshake(port: number, ca: string, name: string): Promise<DetailedPeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      {
        port,
        host: '127.0.0.1',
        ca,
        servername: /^[\d.]+$|:/.test(name) ? '' : name,
        checkServerIdentity: (_, cert) => checkServerIdentity(name, cert),
      },
      () => {
        resolve(socket.getPeerCertificate(true))
        socket.destroy()
      },
    )
    socket.on('error', reject)
  })
}
const leafOf = ({cert}: Identity) => new X509Certificate(cert)
const caOf = async () => await readFile(join(folder, 'ca.crt'), 'utf8')
const urls = ['https://postern.example.com', 'https://10.1.2.3:8443', 'https://[fd00::7]:8443']

describe('the private authority', () => {
  test.each(['localhost', '127.0.0.1', '::1', 'postern.example.com', '10.1.2.3', 'fd00::7'])(
    'lets clients reach %s',
    async (name) => {
      const {current} = await privateAuthority(folder, services.authority, namesFor(urls), start)
      const peer = await handshake(await serve(current), await caOf(), name)
      expect(peer.issuerCertificate.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(current.caFingerprint)
      expect(current.caFingerprint).toBe(caFingerprint(await caOf()))
      expect(current.caFingerprint).toMatch(/^[0-9a-f]{64}$/)
    },
  )

  test('is of no use for another name, nor to a client with another authority', async () => {
    const {current} = await privateAuthority(folder, services.authority, namesFor([]), start)
    const other = await makeAuthority(start)
    const port = await serve(current)
    await expect(handshake(port, await caOf(), 'evil.example.com')).rejects.toThrow(/altnames/)
    await expect(handshake(port, other.cert, 'localhost')).rejects.toThrow(/self-signed|unable to verify/)
  })

  test('says what it is for, and keeps its files private', async () => {
    const {current} = await privateAuthority(folder, services.authority, namesFor([]), start)
    const ca = new X509Certificate(await caOf())
    const leaf = leafOf(current)
    expect([ca.ca, leaf.ca]).toEqual([true, false])
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect((Date.parse(ca.validTo) - start.getTime()) / DAY).toBeCloseTo(3650, 0)
    expect((Date.parse(leaf.validTo) - start.getTime()) / DAY).toBeCloseTo(90, 0)
    expect((await readdir(folder)).sort()).toEqual(['ca.crt', 'leaf.crt', 'leaf.key'])
    for (const name of await readdir(folder)) {
      expect((await stat(join(folder, name))).mode & 0o777, name).toBe(0o600)
    }
  })

  test.each<{
    does: string
    at?: number
    names?: string[]
    break?: () => Promise<unknown>
    leaf: 'kept' | 'new'
    ca?: 'new'
  }>([
    {does: 'keeps the leaf', leaf: 'kept'},
    {does: 'keeps it with 31 days left', at: 59, leaf: 'kept'},
    {does: 'renews it with 29 days left', at: 61, leaf: 'new'},
    {does: 'renews it after it expired', at: 200, leaf: 'new'},
    {does: 'reissues it for one more name', names: ['https://a.example'], leaf: 'new'},
    {does: 'reissues it when it is cut off', break: () => writeFile(join(folder, 'leaf.crt'), 'garbage'), leaf: 'new'},
    {does: 'reissues it when its key is gone', break: () => rm(join(folder, 'leaf.key')), leaf: 'new'},
    {does: 'reissues it when the clock was wrong', at: -2, leaf: 'new'},
    {does: 'makes one when the folder is gone', break: () => rm(folder, {recursive: true}), leaf: 'new'},
    {does: 'keeps it when the CA of the folder is gone', break: () => rm(join(folder, 'ca.crt')), leaf: 'kept'},
    {
      does: 'reissues it for another authority in the store',
      break: async () => services.authority.replace(await makeAuthority(start)),
      leaf: 'new',
      ca: 'new',
    },
  ])('$does', async (row) => {
    const before = (await privateAuthority(folder, services.authority, namesFor([]), start)).current
    await row.break?.()
    const after = (await privateAuthority(folder, services.authority, namesFor(row.names ?? []), later(row.at ?? 0)))
      .current
    expect(after.cert === before.cert ? 'kept' : 'new').toBe(row.leaf)
    expect(after.caFingerprint === before.caFingerprint).toBe(row.ca !== 'new')
    expect(caFingerprint(await caOf())).toBe(after.caFingerprint)
  })

  test('drops names that are gone', async () => {
    await privateAuthority(folder, services.authority, namesFor(urls), start)
    const {current} = await privateAuthority(folder, services.authority, namesFor([]), start)
    expect(leafOf(current).subjectAltName).not.toContain('postern.example.com')
  })

  test('renews while connections go on, with no restart', async () => {
    const source = await privateAuthority(folder, services.authority, namesFor([]), later(-61))
    const port = await serve(source.current)
    const before = await handshake(port, await caOf(), 'localhost')
    expect(await source.refresh(later(-51))).toBeNull()
    const next = await source.refresh(start)
    server!.setSecureContext({key: next!.key, cert: next!.cert})
    const after = await handshake(port, await caOf(), 'localhost')
    expect(after.serialNumber).not.toBe(before.serialNumber)
    expect(source.current).toBe(next)
    expect(await source.refresh(later(1))).toBeNull()
  })

  test('gives no leaf that outlives it, and does not renew one for ever', async () => {
    const source = await privateAuthority(folder, services.authority, namesFor([]), start)
    const nearEnd = await source.refresh(later(3645))
    expect(leafOf(nearEnd!).validTo).toBe(new X509Certificate(await caOf()).validTo)
    expect(await source.refresh(later(3646))).toBeNull()
    await expect(source.refresh(later(3651))).rejects.toThrow(/expired/)
  })

  test('is taken anew by a server that runs on, once another put it into the store', async () => {
    const source = await privateAuthority(folder, services.authority, namesFor([]), start)
    const authority = await makeAuthority(start)
    await services.authority.replace(authority)
    const next = await source.refresh(start)
    expect(next!.caFingerprint).toBe(caFingerprint(authority.cert))
    expect(await caOf()).toBe(authority.cert)
  })

  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'it has expired',
      async () => services.authority.replace(await makeAuthority(later(-3651))),
      /authority expired on/,
    ],
    ['its row was altered', alterRow, /key 6 \(authority\) of this store does not unwrap/],
  ])('is never replaced silently: %s', async (_, damage, message) => {
    await privateAuthority(folder, services.authority, namesFor([]), start)
    const crt = await caOf()
    await damage()
    const row = await storedRow()
    const refused = privateAuthority(folder, services.authority, namesFor([]), start)
    await expect(refused).rejects.toThrow(message)
    await expect(refused).rejects.toMatchObject({
      next: expect.stringContaining(`rotate-key --authority --folder ${data}`),
    })
    expect([await caOf(), await storedRow()]).toEqual([crt, row])
  })
})

describe('what an older version kept in the folder', () => {
  let older: KeyAndCertificate
  beforeEach(async () => {
    older = await makeAuthority(later(-400))
    await mkdir(folder)
    await put('ca', older)
  })
  const put = async (name: string, {key, cert}: KeyAndCertificate) => {
    await writeFile(join(folder, `${name}.key`), key)
    await writeFile(join(folder, `${name}.crt`), cert)
  }

  test('is taken over into the store, once; its leaf stays, and its key leaves the disk', async () => {
    const leaf = await makeLeaf(older, namesFor([]), start)
    await put('leaf', leaf)
    const {current} = await privateAuthority(folder, services.authority, namesFor([]), start)
    expect(current.cert).toBe(leaf.cert + older.cert)
    expect(await services.authority.load()).toEqual(older)
    expect((await readdir(folder)).sort()).toEqual(['ca.crt', 'leaf.crt', 'leaf.key'])
    const peer = await handshake(await serve(current), older.cert, 'localhost')
    expect(peer.issuerCertificate.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(caFingerprint(older.cert))
    await privateAuthority(folder, services.authority, namesFor([]), start)
    expect(await recorded()).toEqual([['server.keep-authority', 'done', caFingerprint(older.cert).slice(0, 16)]])
  })

  test('is taken over though a stop came between the store and the disk', async () => {
    await services.authority.keep(older)
    const {current} = await privateAuthority(folder, services.authority, namesFor([]), start)
    expect(current.caFingerprint).toBe(caFingerprint(older.cert))
    expect(await readdir(folder)).not.toContain('ca.key')
  })

  test('is nothing where only a key was written: a new one is made', async () => {
    await rm(join(folder, 'ca.crt'))
    const {current} = await privateAuthority(folder, services.authority, namesFor([]), start)
    expect(current.caFingerprint).not.toBe(caFingerprint(older.cert))
    expect(await readdir(folder)).not.toContain('ca.key')
  })

  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['it is half there', () => rm(join(folder, 'ca.key')), /ca\.crt is there without ca\.key/],
    ['its key is another', async () => put('ca', {...older, key: (await makeAuthority(start)).key}), /do not belong/],
    ['it cannot be read', () => put('ca', {...older, cert: 'garbage'}), /do not belong/],
    ['it has expired', async () => put('ca', await makeAuthority(later(-3651))), /authority expired on/],
    ['the store has another', async () => services.authority.keep(await makeAuthority(start)), /another authority/],
  ])('is left where it is, and nothing started: %s', async (_, damage, message) => {
    await damage()
    const files = () => Promise.all(['ca.key', 'ca.crt'].map((name) => readFile(join(folder, name)).catch(() => null)))
    const [before, row] = [await files(), await storedRow()]
    await expect(privateAuthority(folder, services.authority, namesFor([]), start)).rejects.toThrow(message)
    expect([await files(), await storedRow()]).toEqual([before, row])
  })
})

const alterRow = () => sqlOn(data, "update keys set wrapped = zeroblob(length(wrapped)) where purpose = 'authority'")
const storedRow = () =>
  services.context.reader.selectFrom('keys').selectAll().where('purpose', '=', 'authority').execute()
const recorded = async () => {
  const rows = await services.context.reader.selectFrom('audit').select('canonical').orderBy('sequence').execute()
  return rows
    .map(({canonical}) => JSON.parse(canonical))
    .map(({operation, outcome, target}) => [operation, outcome, target.name])
}
