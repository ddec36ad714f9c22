import {once} from 'node:events'
import * as net from 'node:net'
import {afterEach, describe, expect, test} from 'vitest'
import {call} from '../../src/client/call.ts'
import {PosternError} from '../../src/client/error.ts'
import {fetchOver, MAX_ANSWER} from '../../src/client/transport.ts'
import {routes} from '../../src/contract/routes/index.ts'
import {type Certificate, connectProxy, plainServer, tlsServer} from './loopback-tls.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
})
async function opened<T extends {close: () => Promise<void>}>(opening: Promise<T>): Promise<T> {
  const made = await opening
  closing.push(made.close)
  return made
}
const failure = (doing: Promise<unknown>): Promise<PosternError & {code: string}> =>
  doing.then(
    () => Promise.reject(new Error('it did not fail')),
    (error) => error,
  )
const ok = (_: unknown, response: {end: (text: string) => void}) => response.end('ok')

describe('over the pinned CA', () => {
  test('sends method, headers and body, and gives status, headers and body', async () => {
    const server = await opened(
      tlsServer((request, response) => {
        const chunks: Buffer[] = []
        request.on('data', (chunk) => chunks.push(chunk))
        request.on('end', () => {
          response.writeHead(201, [
            ['x-two', 'a'],
            ['x-two', 'b'],
          ] as never)
          const {method, url, headers} = request
          response.end(
            JSON.stringify({
              method,
              url,
              mine: headers['x-mine'],
              length: headers['content-length'],
              body: Buffer.concat(chunks).toString(),
            }),
          )
        })
      }),
    )
    const answer = await fetchOver({ca: server.ca, env: {}})(`${server.url}/a?b=c`, {
      method: 'PUT',
      headers: {'x-mine': 'yes'},
      body: 'пароль',
    })
    expect([answer.status, answer.headers.get('x-two')]).toEqual([201, 'a, b'])
    expect(JSON.parse(await answer.text())).toEqual({
      method: 'PUT',
      url: '/a?b=c',
      mine: 'yes',
      length: '12',
      body: 'пароль',
    })
  })

  test('keeps the connection for the next request', async () => {
    const server = await opened(tlsServer(ok))
    const fetch = fetchOver({ca: server.ca, env: {}})
    for (let i = 0; i < 5; i += 1) await (await fetch(server.url)).text()
    expect([server.seen.length, server.connections()]).toEqual([5, 1])
  })

  test.each<[string, Certificate, 'its own' | 'another' | 'none', string]>([
    ['of another authority', {}, 'another', 'authority'],
    ['of another authority, shown alone', {chain: false}, 'another', 'authority'],
    ['of an authority that the system does not know', {}, 'none', 'authority that is not trusted'],
    ['that has expired', {madeIn: -120}, 'its own', 'expired'],
    ['that is not valid yet', {madeIn: 10}, 'its own', 'not valid yet'],
    ['for another host name', {names: ['elsewhere.example']}, 'its own', 'another host name'],
  ])('refuses a certificate %s, without a second try, and sends nothing', async (_, certificate, trusts, says) => {
    // Even where somebody has switched verification off for all of Node.
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    const server = await opened(tlsServer(ok, certificate))
    const other = await opened(tlsServer(ok))
    const ca = {'its own': server.ca, another: other.ca, none: null}[trusts]
    const to = {origin: server.url, token: 'postern_x', ca: null, fetch: fetchOver({ca, env: {}}), timeout: 5000}
    const error = await failure(call(routes.whoami, {params: {}}, to))
    expect(error).toBeInstanceOf(PosternError)
    expect(error).toMatchObject({code: 'untrusted', facts: {next: expect.any(String), requestId: expect.any(String)}})
    expect(error.message).toContain(says)
    // One connection: it is not tried again.
    expect([server.seen, server.connections()]).toEqual([[], 1])
  })

  test('speaks TLS 1.2, and nothing older', async () => {
    const today = await opened(tlsServer(ok, {maxVersion: 'TLSv1.2'}))
    expect((await fetchOver({ca: today.ca, env: {}})(today.url)).status).toBe(200)
    const old = await opened(tlsServer(ok, {maxVersion: 'TLSv1.1'}))
    expect(await failure(fetchOver({ca: old.ca, env: {}})(old.url))).toMatchObject({code: expect.stringMatching(/^E/)})
    expect(old.seen).toEqual([])
  })
})

describe('without an answer', () => {
  test('gives the system’s code', async () => {
    const server = await plainServer(ok)
    await server.close()
    const to = {origin: server.url, token: null, ca: null, fetch: fetchOver({env: {}}), timeout: 5000}
    expect(await failure(to.fetch(server.url))).toMatchObject({code: 'ECONNREFUSED'})
    expect(await failure(call(routes.whoami, {params: {}}, to))).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  test.each<[string, string]>([
    ['cut in its body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'],
    ['with a status that is none', 'HTTP/1.1 999 What\r\ncontent-length: 0\r\n\r\n'],
    ['that is not HTTP', 'SSH-2.0-OpenSSH\r\n'],
    ['of nothing', ''],
  ])('an answer %s is an error, not a crash', async (_, text) => {
    const server = net.createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.end(text))
    })
    server.listen(0, 'localhost')
    await once(server, 'listening')
    const {port} = server.address() as net.AddressInfo
    expect(await failure(fetchOver({env: {}})(`http://localhost:${port}`))).toBeInstanceOf(Error)
    server.close()
  })

  test('gives up when it is told to', async () => {
    const server = await opened(plainServer(() => {}))
    const to = {origin: server.url, token: null, ca: null, fetch: fetchOver({env: {}}), timeout: 200}
    expect(await failure(call(routes.whoami, {params: {}}, to))).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('within 0.2 s'),
    })
  })

  test('an answer of 64 MiB is read, and one byte more is not', async () => {
    const answering = async (length: number) =>
      fetchOver({env: {}})((await opened(plainServer((_, response) => response.end(Buffer.alloc(length, 97))))).url)
    expect((await (await answering(MAX_ANSWER)).text()).length).toBe(MAX_ANSWER)
    expect((await failure(answering(MAX_ANSWER + 1))).message).toContain('more than 64 MiB')
  })

  test('an answer without an end is given up beyond 64 MiB', async () => {
    const block = Buffer.alloc(1024 * 1024)
    const server = await opened(
      plainServer((_, response) => {
        const more = (): void => {
          if (!response.destroyed) response.write(block, more)
        }
        more()
      }),
    )
    const error = await failure(fetchOver({env: {}})(server.url))
    expect(error.message).toContain('more than 64 MiB')
  })

  test('a redirect is not followed', async () => {
    const server = await opened(plainServer((_, response) => response.writeHead(307, {location: '/b'}).end()))
    expect((await fetchOver({env: {}})(`${server.url}/a`)).status).toBe(307)
    expect(server.seen).toEqual(['GET /a'])
  })
})

describe('through a proxy', () => {
  const forged = (status: string, body = '{"actor":{}}') =>
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`

  test('speaks TLS with the server itself, and keeps the connection', async () => {
    const server = await opened(tlsServer(ok, {names: ['postern.example']}))
    const proxy = await opened(connectProxy({target: server.port}))
    const fetch = fetchOver({ca: server.ca, env: {HTTPS_PROXY: proxy.url.replace('//', '//user:p%40ss@')}})
    for (let i = 0; i < 3; i += 1) expect(await (await fetch('https://postern.example:8443/a')).text()).toBe('ok')
    expect([proxy.asked, server.connections()]).toEqual([['postern.example:8443'], 1])
    expect(proxy.headers[0]).toMatchObject({'proxy-authorization': `Basic ${btoa('user:p@ss')}`})
    expect(proxy.headers[0]).not.toHaveProperty('authorization')
  })

  test.each<[string, Certificate]>([
    ['of another authority', {names: ['postern.example']}],
    ['for another host name', {names: ['elsewhere.example']}],
  ])('refuses a certificate %s', async (does, certificate) => {
    const server = await opened(tlsServer(ok, certificate))
    const other = await opened(tlsServer(ok))
    const proxy = await opened(connectProxy({target: server.port}))
    const ca = does === 'of another authority' ? other.ca : server.ca
    const error = await failure(fetchOver({ca, env: {https_proxy: proxy.url}})('https://postern.example'))
    expect([error.code, server.seen]).toEqual(['untrusted', []])
  })

  // https-proxy-agent hands the proxy's refusal over as if the server had said it.
  test.each(['403 Forbidden', '407 Authenticate', '502 Bad Gateway', '201 Created', '404 Not Found'])(
    'the words of the proxy are not the server’s: %s',
    async (status) => {
      const proxy = await opened(connectProxy({refusal: forged(status)}))
      const to = {
        origin: 'https://postern.example',
        token: 'postern_x',
        ca: null,
        fetch: fetchOver({env: {HTTPS_PROXY: proxy.url}}),
        timeout: 5000,
      }
      expect(await failure(call(routes.whoami, {params: {}}, to))).toMatchObject({
        code: 'unreachable',
        message: `The proxy does not connect to https://postern.example (HTTP ${status.slice(0, 3)}).`,
      })
      expect(proxy.asked).toHaveLength(1)
    },
  )

  test.each<[string, Record<string, string>]>([
    ['none is set', {}],
    ['NO_PROXY names the host', {HTTPS_PROXY: '*', NO_PROXY: 'example'}],
    ['the lower-case one is empty', {HTTPS_PROXY: '*', https_proxy: ''}],
    ['only the one for http is set', {http_proxy: '*'}],
    ['the host is loopback', {HTTPS_PROXY: '*'}],
  ])('is not gone through when %s', async (does, env) => {
    const proxy = await opened(connectProxy({refusal: forged('403 No')}))
    const url = does === 'the host is loopback' ? 'https://localhost:1' : 'https://postern.invalid.example:1'
    const set = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.replace('*', proxy.url)]))
    await failure(fetchOver({env: set})(url))
    expect(proxy.asked).toEqual([])
  })

  test.each(['socks5://user:hunter2@localhost', 'http://user:hunter2@', 'http://a b:hunter2'])(
    'refuses what is none without repeating it: %s',
    async (proxy) => {
      const error = await failure(fetchOver({env: {HTTPS_PROXY: proxy}})('https://postern.example'))
      expect(error).toMatchObject({code: 'usage', message: expect.stringContaining('HTTPS_PROXY')})
      expect(JSON.stringify(error) + error.stack).not.toContain('hunter2')
    },
  )
})
