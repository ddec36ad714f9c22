import {createServer, type RequestListener, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {problems} from '../../src/contract/problems.ts'
import {newToken} from '../../src/formats/token.ts'
import {run, tempFolder} from '../world/program.ts'

/** Something that listens where a server was expected, and answers as it is told. */
let listener: Server
let answer: RequestListener
const requests: {method: string; url: string; requestId: string; authorization: string | undefined}[] = []
const home = tempFolder()
beforeAll(async () => {
  listener = createServer((request, reply) => {
    const {method, url, headers} = request
    requests.push({
      method: method!,
      url: url!,
      requestId: String(headers['x-request-id']),
      authorization: headers.authorization,
    })
    request.resume().on('end', () => answer(request, reply))
  })
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done))
})
afterAll(() => {
  listener.closeAllConnections()
  listener.close()
  home.remove()
})

const origin = () => `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
const token = newToken()
const set = (...flags: string[]) => {
  requests.length = 0
  const env = {POSTERN_URL: origin(), POSTERN_TOKEN: token}
  return run(['secret', 'set', '--scope', 'production', 'DB', ...flags], home.path, {env, stdin: 'hunter2'})
}
const requestId = 'from-the-server'

describe('each problem that a server answers', () => {
  const answered = Object.entries(problems).filter(([, {status}]) => status !== null)

  test.each(answered)('%s ends with its exit status', async (code, {status, exit, title}) => {
    const facts = {
      operation: 'secrets.set',
      category: 'secrets',
      label: 'Set a secret',
      cliEquivalent: 'postern secret set',
    }
    const body = {type: 'about:blank', title, status, code, detail: `${title}, it says.`, requestId, ...facts}
    answer = (_, reply) =>
      reply.writeHead(status!, {'content-type': 'application/problem+json'}).end(JSON.stringify(body))
    const [plain, json] = [await set(), await set('--json')]
    expect([plain.code, json.code]).toEqual([exit, exit])
    expect(plain.stderr).toContain(`${title}, it says.`)
    expect(plain.stderr).toContain(`Request id: ${requestId}`)
    expect(JSON.parse(json.stdout).error).toMatchObject({code, requestId, ...facts})
    // What may pass is asked again, under the same request id; what was decided is not.
    expect(requests).toHaveLength(status === 503 ? 3 : 1)
    expect(new Set(requests.map((one) => one.requestId)).size).toBe(1)
  })
})

describe('what is no server', () => {
  const page = '<html><body>hunter2 was here</body></html>'

  test.each<{does: string; gives: RequestListener; exit: number; asked: number}>([
    {does: 'a page of a proxy, 200', gives: (_, reply) => reply.end(page), exit: 8, asked: 1},
    {does: 'JSON of something else, 200', gives: (_, reply) => reply.end('{"hunter2": true}'), exit: 8, asked: 1},
    {does: 'an empty answer, 200', gives: (_, reply) => reply.end(), exit: 8, asked: 1},
    {does: 'a page, 403', gives: (_, reply) => reply.writeHead(403).end(page), exit: 4, asked: 1},
    {does: 'a page, 404', gives: (_, reply) => reply.writeHead(404).end(page), exit: 5, asked: 1},
    {does: 'a page, 418', gives: (_, reply) => reply.writeHead(418).end(page), exit: 1, asked: 1},
    {does: 'a page, 502', gives: (_, reply) => reply.writeHead(502).end(page), exit: 8, asked: 3},
    {does: 'a page, 504', gives: (_, reply) => reply.writeHead(504).end(page), exit: 8, asked: 3},
    {does: 'a connection that is cut', gives: (request) => request.socket.destroy(), exit: 8, asked: 3},
    {
      does: 'a body that is cut',
      gives: (request, reply) => {
        reply.writeHead(200, {'content-length': '1000'}).write('{"key": "hunter2', () => request.socket.destroy())
      },
      exit: 8,
      asked: 3,
    },
    {
      does: 'a redirection, which is not followed',
      gives: (_, reply) => reply.writeHead(307, {location: `${origin()}/elsewhere`}).end(),
      exit: 8,
      asked: 1,
    },
  ])('$does', async ({gives, exit, asked}) => {
    answer = gives
    for (const flags of [[], ['--json']]) {
      const {code, stdout, stderr} = await set(...flags)
      expect(code, stderr).toBe(exit)
      expect(stdout + stderr).not.toMatch(/hunter2|Postern itself failed/)
      expect(requests.map(({url}) => url)).toEqual(
        Array(asked).fill(expect.stringMatching(/^\/admin\/v1\/orgs\/default/)),
      )
    }
  })
})
