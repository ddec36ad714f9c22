import {X509Certificate} from 'node:crypto'
import {once} from 'node:events'
import {mkdtemp, readFile, rm, stat, writeFile} from 'node:fs/promises'
import {createServer, type Server} from 'node:https'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {checkServerIdentity, connect, type DetailedPeerCertificate} from 'node:tls'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {caFingerprint} from '../../../src/server/tls/ca-fingerprint.ts'
import type {Identity} from '../../../src/server/tls/identity.ts'
import {namesFor} from '../../../src/server/tls/names.ts'
import {privateAuthority} from '../../../src/server/tls/private-authority.ts'

const DAY = 24 * 60 * 60 * 1000
const start = new Date()
const later = (days: number) => new Date(start.getTime() + days * DAY)

let folder: string
let server: Server | undefined
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'postern-tls-')), 'tls')
})
afterEach(async () => {
  server?.close()
  server = undefined
  await rm(join(folder, '..'), {recursive: true, force: true})
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
      const {current} = await privateAuthority(folder, namesFor(urls), start)
      const peer = await handshake(await serve(current), await caOf(), name)
      expect(peer.issuerCertificate.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(current.caFingerprint)
      expect(current.caFingerprint).toBe(caFingerprint(await caOf()))
      expect(current.caFingerprint).toMatch(/^[0-9a-f]{64}$/)
    },
  )

  test('is of no use for another name, nor to a client with another authority', async () => {
    const {current} = await privateAuthority(folder, namesFor([]), start)
    const other = await privateAuthority(join(folder, 'other'), namesFor([]), start)
    const port = await serve(current)
    await expect(handshake(port, await caOf(), 'evil.example.com')).rejects.toThrow(/altnames/)
    await expect(handshake(port, other.current.cert, 'localhost')).rejects.toThrow(/self-signed|unable to verify/)
  })

  test('says what it is for, and keeps its files private', async () => {
    const {current} = await privateAuthority(folder, namesFor([]), start)
    const ca = new X509Certificate(await caOf())
    const leaf = leafOf(current)
    expect([ca.ca, leaf.ca]).toEqual([true, false])
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect((Date.parse(ca.validTo) - start.getTime()) / DAY).toBeCloseTo(3650, 0)
    expect((Date.parse(leaf.validTo) - start.getTime()) / DAY).toBeCloseTo(90, 0)
    for (const name of ['ca.key', 'ca.crt', 'leaf.key', 'leaf.crt']) {
      expect((await stat(join(folder, name))).mode & 0o777, name).toBe(0o600)
    }
  })

  test.each<{
    does: string
    at?: number
    names?: string[]
    break?: () => Promise<void>
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
    {
      does: 'makes all anew when the folder is gone',
      break: () => rm(folder, {recursive: true}),
      leaf: 'new',
      ca: 'new',
    },
    {
      does: 'reissues it for another authority',
      break: () => Promise.all(['ca.crt', 'ca.key'].map((name) => rm(join(folder, name)))).then(() => {}),
      leaf: 'new',
      ca: 'new',
    },
  ])('$does', async (row) => {
    const before = (await privateAuthority(folder, namesFor([]), start)).current
    await row.break?.()
    const after = (await privateAuthority(folder, namesFor(row.names ?? []), later(row.at ?? 0))).current
    expect(after.cert === before.cert ? 'kept' : 'new').toBe(row.leaf)
    expect(after.caFingerprint === before.caFingerprint).toBe(row.ca !== 'new')
  })

  test('drops names that are gone', async () => {
    await privateAuthority(folder, namesFor(urls), start)
    const {current} = await privateAuthority(folder, namesFor([]), start)
    expect(leafOf(current).subjectAltName).not.toContain('postern.example.com')
  })

  test('renews while connections go on, with no restart', async () => {
    const source = await privateAuthority(folder, namesFor([]), later(-61))
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
    const source = await privateAuthority(folder, namesFor([]), start)
    const nearEnd = await source.refresh(later(3645))
    expect(leafOf(nearEnd!).validTo).toBe(new X509Certificate(await caOf()).validTo)
    expect(await source.refresh(later(3646))).toBeNull()
    await expect(source.refresh(later(3651))).rejects.toThrow(/expired/)
  })

  test.each<[string, () => Promise<void>, RegExp]>([
    ['its key is missing', () => rm(join(folder, 'ca.key')), /ca.key is missing/],
    [
      'its key is another',
      () => readFile(join(folder, 'leaf.key')).then((key) => writeFile(join(folder, 'ca.key'), key)),
      /do not belong together/,
    ],
    ['it cannot be read', () => writeFile(join(folder, 'ca.crt'), 'garbage'), /do not belong together/],
  ])('is never replaced silently: %s', async (_, damage, message) => {
    await privateAuthority(folder, namesFor([]), start)
    await damage()
    const crt = await caOf()
    await expect(privateAuthority(folder, namesFor([]), start)).rejects.toThrow(message)
    expect(await caOf()).toBe(crt)
  })
})
