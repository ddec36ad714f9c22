import {X509Certificate} from 'node:crypto'
import {mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises'
import {Agent, request} from 'node:https'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {connect} from 'node:tls'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {MAX_HEADER_BYTES, MAX_HEADERS, MAX_URL_BYTES} from '../../src/contract/limits.ts'
import {decodeEnrolment} from '../../src/formats/enrolment.ts'
import {MOST_FAILURES} from '../../src/server/credentials/failures.ts'
import {readSettings, type StartFlags} from '../../src/server/settings.ts'
import {type RunningServer, start} from '../../src/server/start.ts'
import {makeAuthority, makeLeaf} from '../../src/server/tls/certificates.ts'
import {contentOf, sqlOn} from '../world/database.ts'
import {engine, engineEnv} from '../world/engine.ts'
import {request as ask} from '../world/request.ts'

let home: string
let log: string[]
let running: RunningServer[]
const data = () => join(home, 'data')
const umask = process.umask()
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'postern-start-'))
  log = []
  running = []
})
afterEach(async () => {
  for (const server of running) await server.stop()
  process.umask(umask)
  await rm(home, {recursive: true, force: true})
})

async function run(flags: StartFlags = {}): Promise<RunningServer> {
  const env = {HOME: home, ...(await engineEnv(['server', 'start', '--data', data()]))}
  const {settings} = readSettings({data: data(), listen: '127.0.0.1:0', ...flags}, env)
  const server = await start(settings, {log: {write: (line) => log.push(line)}, version: '1.2.3'})
  running.push(server)
  return server
}

interface Answer {
  status: number
  body: string
}
const tlsFile = (name: string) => readFile(join(home, 'data', 'tls', name), 'utf8')
const tokenOf = async () => decodeEnrolment(await readFile(join(home, 'data', 'owner-enrolment'), 'utf8'))!.token

async function get(url: string, options: {token?: string; agent?: Agent} = {}): Promise<Answer> {
  const ca = await tlsFile('ca.crt')
  const headers = options.token === undefined ? {} : {authorization: `Bearer ${options.token}`}
  return new Promise((resolve, reject) => {
    request(url, {ca, headers, ...(options.agent && {agent: options.agent})}, (reply) => {
      let body = ''
      reply.on('data', (chunk) => {
        body += chunk
      })
      reply.on('end', () => resolve({status: reply.statusCode!, body}))
    })
      .on('error', reject)
      .end()
  })
}

describe('the first start', () => {
  test.each([0o000, 0o022])(
    'makes everything, private whatever the umask (case %#), and serves the owner',
    async (mask) => {
      process.umask(mask)
      const server = await run()
      expect(server.adminUrl).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
      expect(server.dashboardUrl).toBe(server.adminUrl)
      const enrolment = decodeEnrolment(await readFile(server.enrolmentFile!, 'utf8'))!
      expect(enrolment).toMatchObject({url: server.adminUrl, caFingerprint: server.caFingerprint})
      const me = await get(`${server.adminUrl}/admin/v1/whoami`, {token: enrolment.token})
      expect(JSON.parse(me.body)).toMatchObject({surface: 'cli', role: 'owner', serverVersion: '1.2.3'})
      expect((await get(`${server.adminUrl}/healthz`)).status).toBe(200)
      expect((await get(`${server.adminUrl}/readyz`)).status).toBe(200)

      expect((await stat(join(home, 'data'))).mode & 0o777).toBe(0o700)
      const files = await readdir(join(home, 'data'), {recursive: true, withFileTypes: true})
      for (const file of files) {
        const mode = (await stat(join(file.parentPath, file.name))).mode & 0o777
        expect(mode, file.name).toBe(file.isDirectory() ? 0o700 : 0o600)
      }
      expect(files.map((file) => file.name)).toEqual(
        expect.arrayContaining(['root.key', 'owner-enrolment', 'ca.crt', 'leaf.key']),
      )
      expect(files.some((file) => file.name === 'postern.db')).toBe(engine === 'sqlite')
      expect(log.join('')).not.toContain(enrolment.token)
    },
  )

  test('is the only one that makes an owner', async () => {
    const first = await run()
    const enrolment = await readFile(first.enrolmentFile!, 'utf8')
    await first.stop()
    const again = await run({listen: new URL(first.adminUrl).host})
    expect(await readFile(again.enrolmentFile!, 'utf8')).toBe(enrolment)
    expect(again.caFingerprint).toBe(first.caFingerprint)
    expect((await get(`${again.adminUrl}/admin/v1/whoami`, {token: await tokenOf()})).status).toBe(200)
    await rm(again.enrolmentFile!)
    await again.stop()
    expect((await run()).enrolmentFile).toBeNull()
  })

  test('may have been at another address: its enrolment names where the server is now', async () => {
    const first = await run()
    const enrolment = decodeEnrolment(await readFile(first.enrolmentFile!, 'utf8'))!
    await first.stop()
    const again = await run({'public-url': ['https://postern.example.com']})
    expect(decodeEnrolment(await readFile(again.enrolmentFile!, 'utf8'))).toEqual({
      ...enrolment,
      url: 'https://postern.example.com',
    })
  })
})

describe('listeners', () => {
  test('parts the surfaces when the dashboard has its own', async () => {
    const server = await run({'dashboard-listen': '127.0.0.1:0'})
    const token = await tokenOf()
    expect(server.dashboardUrl).not.toBe(server.adminUrl)
    const statuses = await Promise.all(
      [
        `${server.adminUrl}/admin/v1/whoami`,
        `${server.adminUrl}/dashboard/v1/whoami`,
        `${server.dashboardUrl}/admin/v1/whoami`,
        `${server.dashboardUrl}/dashboard/v1/whoami`,
      ].map(async (url) => (await get(url, {token})).status),
    )
    expect(statuses).toEqual([200, 404, 404, 401])
  })

  test('names its public URL in the enrolment, the certificate and the links', async () => {
    const server = await run({
      'public-url': ['https://postern.example.com:8443'],
      'dashboard-url': 'https://board.example.com',
    })
    expect(server).toMatchObject({
      adminUrl: 'https://postern.example.com:8443',
      dashboardUrl: 'https://board.example.com',
      warnings: [],
    })
    expect(decodeEnrolment(await readFile(server.enrolmentFile!, 'utf8'))?.url).toBe(server.adminUrl)
  })

  test('warns when a given certificate does not name the public URL', async () => {
    await (await run()).stop()
    const tls = join(home, 'data', 'tls')
    const server = await run({
      'tls-cert': join(tls, 'leaf.crt'),
      'tls-key': join(tls, 'leaf.key'),
      'public-url': ['https://postern.example.com'],
    })
    expect(server.warnings).toEqual([expect.stringContaining('does not name postern.example.com')])
    expect(server.caFingerprint).toBeNull()
  })

  test('use a renewed certificate without a restart', async () => {
    const now = new Date()
    const authority = await makeAuthority(now)
    const [cert, key] = [join(home, 'tls.crt'), join(home, 'tls.key')]
    const give = async () => {
      const leaf = await makeLeaf(authority, ['127.0.0.1'], now)
      await writeFile(cert, leaf.cert)
      await writeFile(key, leaf.key)
      return new X509Certificate(leaf.cert).serialNumber
    }
    const shown = (url: string) =>
      new Promise<string>((resolve, reject) => {
        const {hostname: host, port} = new URL(url)
        const socket = connect({host, port: Number(port), ca: authority.cert}, () => {
          resolve(socket.getPeerCertificate().serialNumber)
          socket.destroy()
        }).on('error', reject)
      })
    const first = await give()
    const server = await run({'tls-cert': cert, 'tls-key': key, 'dashboard-listen': '127.0.0.1:0'})
    const urls = [server.adminUrl, server.dashboardUrl]
    expect(await Promise.all(urls.map(shown))).toEqual([first, first])
    // No authority is made, which nobody needs.
    expect(await readdir(join(home, 'data'))).not.toContain('tls')
    expect((await contentOf(data())).keys!.filter((row) => row.includes('authority'))).toEqual([])
    const second = await give()
    await expect.poll(() => Promise.all(urls.map(shown)), {timeout: 25_000, interval: 500}).toEqual([second, second])
  })
})

async function alterAuthority(): Promise<void> {
  const [row] = await sqlOn<{wrapped: Uint8Array}>(data(), "select wrapped from keys where purpose = 'authority'")
  await sqlOn(data(), "update keys set wrapped = ? where purpose = 'authority'", Buffer.alloc(row!.wrapped.length))
}

describe('a start that fails leaves nothing open', () => {
  test('on a folder in use', async () => {
    const server = await run()
    await expect(run()).rejects.toThrow(/Another server is running/)
    expect((await get(`${server.adminUrl}/healthz`)).status).toBe(200)
  })

  test('on a port in use', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const {port} = other.address() as {port: number}
    await expect(run({listen: `127.0.0.1:${port}`})).rejects.toThrow(`Another program listens on 127.0.0.1:${port}.`)
    other.close()
    const server = await run()
    expect((await get(`${server.adminUrl}/admin/v1/whoami`, {token: await tokenOf()})).status).toBe(200)
  })

  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['without its root key', () => rm(join(home, 'data', 'root.key')), /root\.key is missing/],
    [
      'with another root key',
      () => writeFile(join(home, 'data', 'root.key'), Buffer.alloc(32, 1).toString('base64')),
      /root key/,
    ],
    ['with an authority that was altered', alterAuthority, /does not unwrap: it was altered/],
  ])('%s', async (_, damage, message) => {
    await (await run()).stop()
    await damage()
    const content = await contentOf(data())
    await expect(run()).rejects.toThrow(message)
    await expect(run()).rejects.toThrow(message)
    expect(await contentOf(data())).toEqual(content)
  })
})

describe('what is no request', () => {
  const raw = async (server: RunningServer, text: string) => {
    const {port} = new URL(server.adminUrl)
    const socket = connect({host: '127.0.0.1', port: Number(port), ca: await tlsFile('ca.crt')})
    socket.write(text)
    let answer = ''
    for await (const part of socket) answer += part
    return answer
  }

  test.each([
    ['no HTTP', 'hunter2\r\n\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nhunter2'],
    ['an unknown method', 'HUNTER2 /healthz HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['no host', 'GET /healthz?hunter2 HTTP/1.1\r\n\r\n'],
    ['two lengths', 'POST /healthz HTTP/1.1\r\nhost: a\r\ncontent-length: 7\r\ncontent-length: 8\r\n\r\nhunter2'],
    [
      'a length and chunks',
      'POST /healthz HTTP/1.1\r\nhost: a\r\ncontent-length: 7\r\ntransfer-encoding: chunked\r\n\r\nhunter2',
    ],
    ['chunks that are none', 'POST /healthz HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nhunter2\r\n'],
    ['another coding of the transfer', 'POST /healthz HTTP/1.1\r\nhost: a\r\ntransfer-encoding: hunter2\r\n\r\n'],
    ['NUL in its path', 'GET /healthz\0hunter2 HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['a terminal escape in its path', 'GET /healthz\u001b[31mhunter2 HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['NUL in a header', 'GET /healthz HTTP/1.1\r\nhost: a\r\nx: hunter2\0\r\n\r\n'],
    ['a header over two lines', 'GET /healthz HTTP/1.1\r\nhost: a\r\nx: 1\r\n hunter2\r\nhunter2\r\n\r\n'],
    ['a header with a blank in its name', 'GET /healthz HTTP/1.1\r\nhost: a\r\nhunter2 x: 1\r\n\r\n'],
    ['an expectation', 'GET /healthz HTTP/1.1\r\nhost: a\r\nexpect: hunter2\r\n\r\n'],
    ['a tunnel', 'CONNECT hunter2.test:443 HTTP/1.1\r\nhost: hunter2.test\r\n\r\n'],
  ])('%s is answered as a problem, and nothing of it repeated', async (_, text) => {
    const answer = await raw(await run(), text)
    const [head, body] = answer.split('\r\n\r\n') as [string, string]
    expect(head).toMatch(/^HTTP\/1\.1 400 [\s\S]*content-type: application\/problem\+json/i)
    expect(JSON.parse(body)).toMatchObject({
      status: 400,
      code: 'malformed',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(answer + log.join('')).not.toContain('hunter2')
  })

  test('path, header names and values of 16 KiB are refused, and a byte less is served', async () => {
    const server = await run()
    const sized = (bytes: number) => {
      const counted = ['/healthz', 'host', 'a', 'connection', 'close', 'x'].join('').length
      return `GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx: ${'a'.repeat(bytes - counted)}\r\n\r\n`
    }
    expect(await raw(server, sized(MAX_HEADER_BYTES - 1))).toMatch(/^HTTP\/1\.1 200 /)
    expect(await raw(server, sized(MAX_HEADER_BYTES))).toMatch(/^HTTP\/1\.1 431 [\s\S]*larger than 16 KiB/)
  })

  test.each([
    ['headers of more than 16 KiB', 431, 'headers_too_large', `/healthz HTTP/1.1\r\nx: ${'hunter2'.repeat(4000)}`],
    ['a path of more than 16 KiB', 431, 'headers_too_large', `/${'hunter2'.repeat(4000)} HTTP/1.1\r\nx: 1`],
    ['headers of no bytes', 431, 'headers_too_large', `/healthz HTTP/1.1${'\r\nhunter2:'.repeat(2000)}`],
    ['a path of more than 8 KiB', 414, 'url_too_long', `/healthz?${'hunter2'.repeat(1200)} HTTP/1.1\r\nx: 1`],
  ])('%s are answered by %i as a problem, and nothing of them repeated', async (_, status, code, text) => {
    const answer = await raw(await run(), `GET ${text}\r\nhost: a\r\nconnection: close\r\n\r\n`)
    const [head, body] = answer.split('\r\n\r\n') as [string, string]
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*content-type: application/problem\\+json`, 'i'))
    expect(JSON.parse(body)).toMatchObject({status, code, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/)})
    expect(answer + log.join('')).not.toContain('hunter2')
  })

  test('as many headers as are taken, and a URL as long, are served; one more is refused', async () => {
    const server = await run()
    const sized = (headers: number, url: number) =>
      raw(
        server,
        `GET ${'/healthz?'.padEnd(url, 'a')} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${'x: 1\r\n'.repeat(headers - 2)}\r\n`,
      )
    expect(await sized(MAX_HEADERS, MAX_URL_BYTES)).toMatch(/^HTTP\/1\.1 200 /)
    expect(await sized(MAX_HEADERS + 1, MAX_URL_BYTES)).toMatch(/^HTTP\/1\.1 431 [\s\S]*more than 100 headers/)
    expect(await sized(MAX_HEADERS, MAX_URL_BYTES + 1)).toMatch(/^HTTP\/1\.1 414 [\s\S]*more than 8 KiB/)
  })

  test('a connection is kept as long as is said', async () => {
    const server = await run()
    const answer = await raw(
      server,
      'GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: keep-alive\r\n\r\nGET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
    )
    expect(answer).toMatch(/keep-alive: timeout=65/i)
  })

  test('a trusted proxy that forwards no address leaves its own', async () => {
    const server = await run({'trusted-proxy': ['127.0.0.1']})
    const forwarded = (from: string) =>
      raw(server, `GET /healthz HTTP/1.1\r\nhost: a\r\nx-forwarded-for: ${from}\r\nconnection: close\r\n\r\n`)
    await forwarded('<hunter2>')
    await forwarded('192.0.2.7')
    const addresses = log.map((line) => JSON.parse(line).address).filter((address) => address !== undefined)
    expect(addresses).toEqual(['127.0.0.1', '192.0.2.7'])
  })
})

describe('failed sign-ins are counted by where they come from', () => {
  /** Each with another forwarded address, and another wrong token. */
  const statuses = async (server: RunningServer) => {
    const ca = await tlsFile('ca.crt')
    const answered: number[] = []
    for (let n = 0; n < MOST_FAILURES + 5; n += 1) {
      const forwarded = `203.0.113.${n}`
      const headers = {
        authorization: `Bearer wrong-${n}`,
        'x-forwarded-for': forwarded,
        'x-forwarded-host': forwarded,
        'x-real-ip': forwarded,
        forwarded: `for=${forwarded}`,
      }
      const {status} = await ask(server.adminUrl, '/admin/v1/whoami', ca, {headers})
      answered.push(status)
    }
    return answered
  }

  test('whatever a client says of that', async () => {
    const server = await run()
    expect(await statuses(server)).toEqual([...Array(MOST_FAILURES).fill(401), ...Array(5).fill(429)])
    expect(log.map((line) => JSON.parse(line).address).filter((address) => address?.startsWith('203'))).toEqual([])
  })

  test('which a trusted proxy says', async () => {
    const server = await run({'trusted-proxy': ['127.0.0.1']})
    expect(await statuses(server)).toEqual(Array(MOST_FAILURES + 5).fill(401))
  })
})

describe('stopping', () => {
  test('closes idle connections and is quick', async () => {
    const server = await run()
    const agent = new Agent({keepAlive: true, maxSockets: 4})
    await Promise.all([1, 2, 3, 4].map(() => get(`${server.adminUrl}/healthz`, {agent})))
    const before = performance.now()
    await server.stop()
    expect(performance.now() - before).toBeLessThan(2000)
    await expect(get(`${server.adminUrl}/healthz`)).rejects.toThrow(/ECONNREFUSED/)
    agent.destroy()
  })

  test('resets no connection that is in use, and tells each to end', async () => {
    const server = await run()
    const ca = await tlsFile('ca.crt')
    const agent = new Agent({ca, keepAlive: true})
    const resets: string[] = []
    const ends: (string | undefined)[] = []
    let answered = 0
    const once = () =>
      new Promise<boolean>((resolve) => {
        const sent = request(`${server.adminUrl}/healthz`, {agent}, (reply) => {
          answered += 1
          if (reply.headers.connection === 'close') ends.push(reply.headers.connection)
          reply.resume().on('end', () => resolve(true))
        })
        sent.on('error', (error: NodeJS.ErrnoException) => {
          if (sent.reusedSocket) resets.push(error.code ?? error.message)
          resolve(false)
        })
        sent.end()
      })
    const clients = Promise.all(
      Array.from({length: 16}, async () => {
        while (await once());
      }),
    )
    while (answered < 200) await new Promise((next) => setImmediate(next))
    await server.stop()
    await clients
    agent.destroy()
    expect(resets).toEqual([])
    expect(ends.length).toBeGreaterThanOrEqual(16)
  })

  test('may be asked for twice', async () => {
    const server = await run()
    await Promise.all([server.stop(), server.stop()])
    await run()
  })
})
