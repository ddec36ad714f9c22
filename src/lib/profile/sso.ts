import {spawn} from 'node:child_process'
import {createHash, randomBytes} from 'node:crypto'
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {setTimeout as pause} from 'node:timers/promises'
import {notPostern} from '../../client/answer.ts'
import type {Connection} from '../../client/connection.ts'
import {PosternError} from '../../client/error.ts'
import {askForCode, passes, take} from '../../client/terminal.ts'
import type {World} from '../command/world.ts'

/** How long somebody may take at the provider, in milliseconds. */
const PATIENCE = 10 * 60_000
/** Between two looks whether somebody has signed in, in milliseconds. */
const LOOK = 2000

const secret = (): string => randomBytes(32).toString('base64url')

/**
 * Signs in by a browser on this machine: what it brings back comes to a port of loopback, and is worth nothing without what
 * this process alone knows (RFC 7636, RFC 8252). @throws PosternError
 */
export async function tokenByBrowser(to: Connection, world: World, insecureHttp: boolean): Promise<string> {
  // Also so that a browser is sent nowhere where there is no single sign-on.
  const {url: page} = await askForCode(to, secret(), insecureHttp).catch(noSso)
  const [verifier, state] = [secret(), secret()]
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const back = await listen(state)
  try {
    const query = new URLSearchParams({port: String(back.port), challenge, state})
    // The dashboard may have another origin than the server's admin API.
    const url = `${new URL('sso', page).href}?${query}`
    nameHost(page, to, world)
    world.stderr.write(`Sign in with the browser on this machine:\n${url}\n`)
    openBrowser(url, world)
    const taken = await inTime(back.link).then((link) => take(to, {verifier, link}))
    if (taken === null) throw notPostern(to, 'none')
    await back.answer(true)
    return taken.token
  } catch (error) {
    await back.answer(false)
    throw error
  } finally {
    back.close()
  }
}

/** Signs in by a browser anywhere: somebody types the code that is shown here. @throws PosternError */
export async function tokenByCode(to: Connection, world: World, insecureHttp: boolean): Promise<string> {
  const verifier = secret()
  const {code, url} = await askForCode(to, verifier, insecureHttp).catch(noSso)
  nameHost(url, to, world)
  world.stderr.write(`Open ${url.href} in a browser, and type the code ${code.slice(0, 4)}-${code.slice(4)}\n`)
  const until = Date.now() + PATIENCE
  for (;;) {
    const taken = await take(to, {verifier}).catch((error: unknown) => {
      // Somebody is at the provider meanwhile: a proxy or server that is started anew is no reason to begin again.
      if (passes(error) && Date.now() <= until) return null
      throw error
    })
    if (taken !== null) return taken.token
    if (Date.now() > until) throw tooLate()
    await pause(LOOK)
  }
}

/** The server was named by a person, and the page by the server: where that is elsewhere, they are told. */
function nameHost({hostname}: URL, to: Connection, world: World): void {
  const own = new URL(to.origin).hostname
  if (hostname !== own) world.stderr.write(`The page to sign in on is on ${hostname}, not on ${own}.\n`)
}

function noSso(error: unknown): never {
  if (error instanceof PosternError && error.code === 'not_found')
    throw new PosternError('not_found', 'This server has no single sign-on.', {
      next: 'postern login URL   (with a token); for who runs the server: docs/dashboard.md says how to set it up',
    })
  throw error
}

interface Back {
  port: number
  /** What the browser brings. Rejects when it says that nobody was signed in. */
  link: Promise<string>
  /** Tells the browser, if it is there, whether the credential was taken, and returns when that was sent. */
  answer: (taken: boolean) => Promise<void>
  close: () => void
}

const text = {'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', connection: 'close'}

/** A page on loopback for the browser that comes with the right state, and for no other. */
async function listen(state: string): Promise<Back> {
  let found: (link: string) => void = () => {}
  let failed: (error: PosternError) => void = () => {}
  const link = new Promise<string>((done, fail) => {
    found = done
    failed = fail
  })
  // It may come before anybody waits for it.
  link.catch(() => {})
  const waiting = new Set<ServerResponse>()
  const server = createServer((request, reply) => {
    const query = queryOf(request)
    const brought = query?.get('link') ?? ''
    const refused = query?.get('error') ?? null
    const isLink = /^[\w-]{43}$/.test(brought)
    if (query?.get('state') !== state || !(isLink || refused !== null))
      return void reply.writeHead(404, text).end('There is nothing here.\n')
    waiting.add(reply)
    reply.on('close', () => waiting.delete(reply))
    if (isLink) found(brought)
    else failed(notSignedIn(refused!))
  })
  await new Promise<void>((done, fail) => {
    server.once('error', fail).listen(0, '127.0.0.1', done)
  })
  const answer = async (taken: boolean) => {
    const says = taken
      ? 'You are signed in. Close this page and go back to the terminal.\n'
      : 'You are not signed in. Close this page and go back to the terminal, which says why.\n'
    const sent = [...waiting].map((reply) => {
      const gone = new Promise((done) => reply.on('close', done))
      reply.writeHead(taken ? 200 : 403, text).end(says)
      return gone
    })
    await Promise.all(sent)
  }
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return {port: (server.address() as AddressInfo).port, link, answer, close}
}

/** What a request for the page says; null: it is for something else. */
function queryOf({method, url = ''}: IncomingMessage): URLSearchParams | null {
  const [path, query] = url.split('?', 2)
  return method === 'GET' && path === '/' ? new URLSearchParams(query) : null
}

const notSignedIn = (code: string) =>
  new PosternError('failed', `Nobody was signed in${/^[a-z_]{1,64}$/.test(code) ? `: ${code}` : ''}.`, {
    next: 'Run it again; if it stays so, ask who runs the server, or its provider of single sign-on.',
  })

async function inTime(link: Promise<string>): Promise<string> {
  const late = new AbortController()
  const over = pause(PATIENCE, null, {signal: late.signal}).catch(() => null)
  const found = await Promise.race([link, over]).finally(() => late.abort())
  if (found === null) throw tooLate()
  return found
}

const tooLate = () => new PosternError('failed', 'Nobody signed in within ten minutes.', {next: 'Run it again.'})

const openers: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

/** Asks the system to show it. Where nothing does, somebody opens what was printed. */
function openBrowser(url: string, {env, stderrIsTerminal}: World): void {
  const [command, ...args] = env.BROWSER ? [env.BROWSER] : (openers[process.platform] ?? ['xdg-open'])
  if (!stderrIsTerminal && !env.BROWSER) return
  spawn(command!, [...args, url], {stdio: 'ignore', detached: true})
    .on('error', () => {})
    .unref()
}
