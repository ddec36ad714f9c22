import {once} from 'node:events'
import type {AddressInfo} from 'node:net'
import {createServer} from 'node:net'
import {afterEach, describe, expect, test} from 'vitest'
import type {KnownCertificate} from '../../src/client/known-certificate.ts'
import {fetchOver} from '../../src/client/transport.ts'
import {type Answering, connectProxy, plainServer, tlsServer} from './loopback-tls.ts'

const DAY = 24 * 60 * 60 * 1000
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
async function opened<T extends {close: () => Promise<void>}>(opening: Promise<T>): Promise<T> {
  const made = await opening
  closing.push(made.close)
  return made
}
const tls = () => opened(tlsServer((_, response) => response.end('ok')))

/** What a verified call to a server learns of its certificate, once. */
async function learnt(server: Answering): Promise<KnownCertificate> {
  const told: KnownCertificate[] = []
  const fetch = fetchOver({ca: server.ca, env: {}, learn: (certificate) => told.push(certificate)})
  for (let i = 0; i < 2; i += 1) await fetch(server.url)
  expect(told).toHaveLength(1)
  return told[0]!
}

/** A call that knows a certificate: what it got, or the code of what it failed with, and what it learnt. */
async function asked(server: Answering, ca: string, known: KnownCertificate) {
  const told: KnownCertificate[] = []
  const fetch = fetchOver({ca, env: {}, known, learn: (certificate) => told.push(certificate)})
  const got = await fetch(server.url).then(
    (answer) => answer.text(),
    (error) => error.code as string,
  )
  return {got, told}
}

describe('a certificate that was verified', () => {
  test('is known by its bytes and origin until the first of its chain ends', async () => {
    const server = await tls()
    const {origin, sha256, until} = await learnt(server)
    expect([origin, sha256]).toEqual([server.url, expect.stringMatching(/^[0-9a-f]{64}$/)])
    const days = (Date.parse(until) - Date.now()) / DAY
    expect([days > 89, days < 91]).toEqual([true, true])
  })

  test('is recognized, and the authority is not needed again', async () => {
    const [server, other] = [await tls(), await tls()]
    const known = await learnt(server)
    expect(await asked(server, other.ca, known)).toEqual({got: 'ok', told: []})
  })

  test('keeps its connection for the next request', async () => {
    const server = await tls()
    const known = await learnt(server)
    const fetch = fetchOver({ca: server.ca, env: {}, known})
    const before = server.connections()
    for (let i = 0; i < 3; i += 1) expect((await fetch(server.url)).status).toBe(200)
    expect(server.connections()).toBe(before + 1)
  })

  test.each<[string, (known: KnownCertificate) => KnownCertificate]>([
    ['after its end', (known) => ({...known, until: new Date(Date.now() - 1000).toISOString()})],
    ['with an end that is no date', (known) => ({...known, until: 'never'})],
    ['for another origin', (known) => ({...known, origin: 'https://elsewhere.example'})],
    ['when another is shown', (known) => ({...known, sha256: '0'.repeat(64)})],
  ])('is verified in full %s', async (_, change) => {
    const [server, other] = [await tls(), await tls()]
    const known = change(await learnt(server))
    const seen = [...server.seen]
    expect(await asked(server, other.ca, known)).toEqual({got: 'untrusted', told: []})
    expect(server.seen).toEqual(seen)
    expect(await asked(server, server.ca, known)).toMatchObject({got: 'ok', told: [{origin: server.url}]})
  })

  test('is not recognized in another that names the same host, and nothing is sent to that one', async () => {
    const [server, impostor] = [await tls(), await tls()]
    const known = {...(await learnt(server)), origin: impostor.url}
    expect(await asked(impostor, server.ca, known)).toEqual({got: 'untrusted', told: []})
    expect(impostor.seen).toEqual([])
  })

  test('counts for nothing where no authority is pinned', async () => {
    const server = await tls()
    const known = await learnt(server)
    const answered = fetchOver({ca: null, env: {}, known})(server.url)
    await expect(answered).rejects.toMatchObject({code: 'untrusted'})
  })

  test('behind a proxy is verified in full', async () => {
    const [server, other] = [
      await opened(tlsServer((_, r) => r.end('ok'), {names: ['postern.example', 'localhost']})),
      await tls(),
    ]
    const known = {...(await learnt(server)), origin: 'https://postern.example'}
    const env = {HTTPS_PROXY: (await opened(connectProxy({target: server.port}))).url}
    await expect(fetchOver({ca: other.ca, env, known})('https://postern.example')).rejects.toMatchObject({
      code: 'untrusted',
    })
  })

  test('does not keep a call from failing where nothing speaks TLS', async () => {
    const known = await learnt(await tls())
    const server = await opened(plainServer((_, response) => response.end('ok')))
    const url = server.url.replace('http:', 'https:')
    const answered = fetchOver({ca: 'x', env: {}, known: {...known, origin: url}})(url)
    await expect(answered).rejects.toMatchObject({code: expect.stringMatching(/^E(PROTO|RR_SSL_)/)})
    expect(server.seen).toEqual([])
  })

  test('does not hold a call that is given up while the handshake stands still', async () => {
    const known = await learnt(await tls())
    const silent = createServer(() => {}).listen(0, 'localhost')
    await once(silent, 'listening')
    const url = `https://localhost:${(silent.address() as AddressInfo).port}`
    const given = new AbortController()
    const connected = once(silent, 'connection')
    const answered = fetchOver({ca: 'x', env: {}, known: {...known, origin: url}})(url, {signal: given.signal})
    const [socket] = await connected
    const ended = once(socket, 'close')
    socket.resume()
    given.abort()
    await expect(answered).rejects.toMatchObject({name: 'AbortError'})
    await ended
    silent.close()
  })
})
