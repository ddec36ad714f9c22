import {once} from 'node:events'
import {chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import type {IncomingMessage, ServerResponse} from 'node:http'
import {connect as connectTo} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {PassThrough, Readable} from 'node:stream'
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import type {PosternError} from '../../../src/client/error.ts'
import {newToken} from '../../../src/formats/token.ts'
import type {World} from '../../../src/lib/command/world.ts'
import {connect} from '../../../src/lib/profile/resolve-connection.ts'
import {tokenByBrowser, tokenByCode} from '../../../src/lib/profile/sso.ts'
import {type Answering, tlsServer} from '../../client/loopback-tls.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const token = newToken('person')
const json =
  (body: unknown, status = 200): Answer =>
  (_, response) =>
    void response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(body))
const taken = json({token, expiresAt: '2026-11-24T20:00:00Z'})
const pending = json({pending: true}, 202)

let server: Answering
/** What the server answers where a terminal begins, and, one after another, where it takes what it waits for. */
let device: Answer
let session: Answer[]
beforeAll(async () => {
  server = await tlsServer((request, response) => {
    // A request is read to its end first, as servers do.
    request.resume().on('end', () => {
      const answer = request.url === '/admin/v1/sso/device' ? device : (session.shift() ?? pending)
      answer(request, response)
    })
  })
})
afterAll(() => server.close())

let folder: string
let opened: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-sso-'))
  opened = join(folder, 'opened')
  writeFileSync(
    join(folder, 'browser'),
    `#!/bin/sh\nprintf %s "$1" > '${opened}.new' && mv '${opened}.new' '${opened}'\n`,
  )
  chmodSync(join(folder, 'browser'), 0o755)
  sends(`${server.url}/dashboard/device`)
  session = []
})
afterEach(() => rmSync(folder, {recursive: true}))

const sends = (url: unknown) => {
  device = json({code: 'BCDFGHJK', url})
}

/** A sign-in that runs, what it has written so far, and how it ends. */
function signsIn(
  by: typeof tokenByBrowser | typeof tokenByCode,
  insecureHttp = false,
  {url: origin, ca}: Answering = server,
) {
  const stderr = new PassThrough()
  let said = ''
  stderr.on('data', (part: Buffer) => {
    said += part
  })
  const world: World = {
    stdin: Readable.from([]),
    stdout: new PassThrough(),
    stderr,
    env: {BROWSER: join(folder, 'browser')},
    environ: () => null,
    stdinIsTerminal: false,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    stdoutIsGone: false,
    now: () => new Date(),
    exit: () => {},
  }
  const to = connect({origin, token: null, ca, env: {}})
  const ended = by(to, world, insecureHttp).then(
    (token) => ({token}),
    (error: PosternError) => ({code: error.code, message: error.message, facts: error.facts}),
  )
  return {said: () => said, ended}
}
/** The same by the browser, and a request of it to the port of loopback. */
async function byBrowser(insecureHttp = false) {
  const running = signsIn(tokenByBrowser, insecureHttp)
  await expect.poll(running.said).toMatch(/state=[\w-]{43}/)
  const url = new URL(/https?:\S+/.exec(running.said())![0])
  const [port, state] = [url.searchParams.get('port'), url.searchParams.get('state')!]
  const comesBack = (query: Record<string, string>) =>
    fetch(`http://127.0.0.1:${port}/?${new URLSearchParams({state, ...query})}`)
  return {...running, url, port: Number(port), comesBack}
}
const link = 'L'.repeat(43)

describe('the page that a server sends people to', () => {
  test.each<[string, unknown]>([
    ['a file', 'file:///etc/passwd'],
    ['a program of this machine', 'vscode://file/etc/passwd'],
    ['no hierarchy', 'mailto:somebody@example.com'],
    ['a script', 'javascript:alert(1)'],
    ['a user', 'https://postern.example@evil.example/dashboard/device'],
    ['a password', 'https://:secret@evil.example/dashboard/device'],
    ['plain http beyond this machine', 'http://postern.example/dashboard/device'],
    ['an option', '--version'],
    ['an escape in its host', 'https://\u001b[31mpostern.example/'],
    ['no text', 7],
    ['nothing', ''],
  ])('is none with %s', async (_, url) => {
    sends(url)
    for (const by of [tokenByBrowser, tokenByCode]) {
      const {ended, said} = signsIn(by)
      expect(await ended).toMatchObject({code: 'unreachable', message: expect.stringContaining('no Postern server')})
      expect(said()).toBe('')
    }
    expect(existsSync(opened)).toBe(false)
  })

  test.each(['null', '7', '[]', '"text"'])('nor where the answer is %s', async (text) => {
    device = (_, response) => void response.end(text)
    expect(await signsIn(tokenByBrowser).ended).toMatchObject({code: 'unreachable'})
  })

  test.each([
    ['https', 'https://dashboard.example/dashboard/device', false],
    ['http of this machine', 'http://127.0.0.1:8080/dashboard/device', false],
    ['http with --insecure-http', 'http://postern.example/dashboard/device', true],
  ])('may be %s', async (_, url, insecure) => {
    sends(url)
    session = [taken]
    const {ended, said} = signsIn(tokenByCode, insecure)
    expect(await ended).toEqual({token})
    expect(said()).toContain(`Open ${url} in a browser`)
  })

  test('is printed and opened without what a terminal would obey', async () => {
    sends(`${server.url}/dash\u001b[31m\u0007board/\u009bdevice`)
    session = [taken]
    const {ended, said, comesBack} = await byBrowser()
    await comesBack({link})
    await ended
    await expect.poll(() => existsSync(opened)).toBe(true)
    for (const text of [said(), readFileSync(opened, 'utf8')]) {
      expect(text).toMatch(/^[\n\x20-\x7e]+$/)
      expect(text).toContain(`${server.url}/dash%1B[31m%07board/sso?port=`)
    }
    expect(said()).not.toContain('not on')
  })

  test('is named where it is on another host, before it is opened', async () => {
    sends('https://dashboard.example:8443/dashboard/device')
    session = [taken, taken]
    const says = /^The page to sign in on is on dashboard\.example, not on localhost\.\n.*browser/
    const browser = await byBrowser()
    expect(browser.said()).toMatch(says)
    await browser.comesBack({link})
    expect(await browser.ended).toEqual({token})
    const code = signsIn(tokenByCode)
    expect(await code.ended).toEqual({token})
    expect(code.said()).toMatch(says)
  })
})

describe('while somebody signs in elsewhere', () => {
  const problem = (code: string, status: number) =>
    json({type: 'urn:x', title: 't', status, code, detail: 'd', requestId: 'r'}, status)
  const bare =
    (status: number): Answer =>
    (_, response) =>
      void response.writeHead(status).end('<html>')

  const accidents: Answer[] = [
    (request) => void request.socket.destroy(),
    (_, response) => {
      response.writeHead(200, {'content-length': '100'}).write('{')
      setTimeout(() => response.destroy(), 50)
    },
    bare(502),
    bare(503),
    bare(504),
    problem('overloaded', 503),
    problem('unavailable', 503),
  ]
  test('no connection that is dropped, and no answer that passes, ends it', async () => {
    const after = async (accident: Answer) => {
      const own = await tlsServer((request, response) => {
        request.resume().on('end', () => {
          if (request.url === '/admin/v1/sso/device') json({code: 'BCDFGHJK', url: own.url})(request, response)
          else (own.seen.length === 2 ? accident : taken)(request, response)
        })
      })
      const ended = await signsIn(tokenByCode, false, own).ended
      await own.close()
      return [ended, own.seen.length]
    }
    expect(await Promise.all(accidents.map(after))).toEqual(accidents.map(() => [{token}, 3]))
  })

  test('a refusal ends it', async () => {
    session = [problem('forbidden', 403), taken]
    expect(await signsIn(tokenByCode).ended).toMatchObject({code: 'forbidden'})
  })
})

describe('the browser that comes back', () => {
  const told = async (reply: Promise<Response>) => {
    const {status, text} = await reply.then(async (answer) => ({status: answer.status, text: await answer.text()}))
    return `${status} ${text.split('. ')[0]}`
  }

  test('is told that it is signed in after the credential was taken', async () => {
    let goOn: () => void = () => {}
    session = [
      (request, response) => {
        goOn = () => taken(request, response)
      },
    ]
    const {comesBack, ended} = await byBrowser()
    let answered = false
    const reply = told(comesBack({link})).finally(() => {
      answered = true
    })
    await expect.poll(() => session.length).toBe(0)
    await new Promise((done) => setTimeout(done, 200))
    expect(answered).toBe(false)
    goOn()
    expect([await reply, await ended]).toEqual(['200 You are signed in', {token}])
  })

  test.each<[string, Answer, string]>([
    [
      'was refused',
      json({type: 'urn:x', title: 't', status: 403, code: 'forbidden', detail: 'd', requestId: 'r'}, 403),
      'forbidden',
    ],
    ['is not there yet', pending, 'unreachable'],
    ['did not come', (request) => void request.socket.destroy(), 'unreachable'],
  ])('is told that it is not when the credential %s', async (_, answer, code) => {
    session = [answer]
    const {comesBack, ended} = await byBrowser()
    expect(await told(comesBack({link}))).toBe('403 You are not signed in')
    expect(await ended).toMatchObject({code})
  })

  test.each([
    ['access_denied', 'Nobody was signed in: access_denied.'],
    ['\u001b[31mred', 'Nobody was signed in.'],
    ['', 'Nobody was signed in.'],
    ['a'.repeat(65), 'Nobody was signed in.'],
  ])('with the error %j ends it at once', async (error, message) => {
    const {comesBack, ended} = await byBrowser()
    expect(await told(comesBack({error}))).toBe('403 You are not signed in')
    expect(await ended).toMatchObject({code: 'failed', message})
  })

  test('with another state, or for another page, is nobody', async () => {
    session = [taken]
    const {comesBack, ended, port} = await byBrowser()
    const state = 's'.repeat(43)
    expect(await told(comesBack({error: 'access_denied', state}))).toMatch(/^404/)
    expect(await told(comesBack({link, state}))).toMatch(/^404/)
    expect(await told(comesBack({}))).toMatch(/^404/)
    // No URL at all, which none but a program of this machine sends.
    const raw = connectTo(port, '127.0.0.1')
    raw.end('GET // HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    expect(String((await once(raw, 'data'))[0])).toMatch(/^HTTP\/1\.1 404/)
    expect(await told(comesBack({link}))).toBe('200 You are signed in')
    expect(await ended).toEqual({token})
  })
})
