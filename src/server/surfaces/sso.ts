import type {FastifyBaseLogger, FastifyInstance, FastifyRequest} from 'fastify'
import {DASHBOARD} from '../../contract/pages.ts'
import {SESSION_COOKIE} from '../credentials/identify.ts'
import {asServer} from '../gate/as-server.ts'
import {Refused} from '../gate/refused.ts'
import {signInPeople} from '../sessions/sso.ts'
import {GRANT} from '../sessions/take.ts'
import type {Begun, Provider} from '../sso/provider.ts'
import {addressOf} from './address.ts'
import type {Context} from './context.ts'
import {escapeHtml, page} from './plain-page.ts'
import {sendProblemPage} from './problem.ts'
import {codeForm, type Loopback, terminalForm} from './terminal-forms.ts'

/** What a browser brings back with the provider's answer, for each sign-in its own: the prefix makes it this very host's. */
const COOKIE = '__Host-postern-sso-'
const cookieFor = (state: string) => `${COOKIE}${state.slice(0, 16)}`
/** How many sign-ins a browser may have begun and not ended, before it begins all anew: their cookies come with each request. */
const MOST_BEGUN = 4
/** How long somebody may take at the provider, in seconds. */
const PATIENCE = 600

const SSO = `${DASHBOARD}/sso`
const PAGE = {errorHandler: sendProblemPage}

/**
 * Signs browsers in at the provider (OpenID Connect, authorization code with PKCE). What begins it is kept in a cookie of
 * the browser alone, so that any server of the store ends it, and no other browser.
 */
export function serveSso(app: FastifyInstance, context: Context, provider: Provider, logger: FastifyBaseLogger): void {
  const callback = () => `${context.dashboardUrl()}${SSO}/callback`
  /** All that asks the provider takes half of the room at most, together: while it is slow, the rest is served. */
  const inRoom = async <R>(request: FastifyRequest, work: () => Promise<R>): Promise<R> => {
    const place = context.room.enter('sso', context.failures.areMany(addressOf(request)))
    try {
      return await work()
    } finally {
      place.leave()
    }
  }

  app.get(SSO, PAGE, async (request, reply) => {
    const after = afterIn(request.query as Record<string, unknown>)
    if (after === null) throw new Refused('malformed', 'What is to follow the sign-in is not well formed.')
    try {
      const {to, begun} = await inRoom(request, () => provider.begin(callback()))
      const before = namesIn(request.headers.cookie)
      const cookies = [cookieOf({...begun, ...after}), ...(before.length < MOST_BEGUN ? [] : before.map(ended))]
      return reply.header('set-cookie', cookies).redirect(to, 303)
    } catch (error) {
      if (error instanceof Refused) throw error
      logger.error({err: error}, 'the provider of single sign-on does not answer as it should')
      return page(
        reply.code(503),
        'Single sign-on does not work now',
        `<p>The provider does not answer.</p>${again(after)}`,
      )
    }
  })

  app.get(`${SSO}/callback`, PAGE, async (request, reply) => {
    const address = addressOf(request)
    const answer = new URL(request.raw.url ?? '', context.dashboardUrl())
    const begun = begunIn(request.headers.cookie, answer.searchParams.get('state') ?? '')
    const refuse = (status: number, why: string) =>
      page(reply.code(status), 'You are not signed in', `<p>${escapeHtml(why)}</p>${again(begun ?? {})}`)
    // Any site can send a browser here: then nothing is asked, ended or counted.
    if (begun === null)
      return refuse(403, 'This browser did not begin this sign-in, or it took longer than ten minutes.')
    // Whatever comes of it, it is used up.
    reply.header('set-cookie', ended(cookieFor(begun.state)))
    // Each is a request to the provider, as the client that this server is there.
    if (context.failures.areMany(address))
      return refuse(429, 'Too many sign-ins failed from here within a minute. Wait for one, and try again.')
    const failed = (why: string) => {
      try {
        context.failures.count(address, null)
      } catch {
        // The next one is told.
      }
      return refuse(403, why)
    }
    const refused = answer.searchParams.get('error')
    if (refused !== null) return failed(`The provider refused${/^[a-z_]{1,64}$/.test(refused) ? `: ${refused}` : ''}.`)
    try {
      const person = await inRoom(request, () => provider.end(answer, begun))
      const {terminal, device} = begun
      const signedIn = await asServer(
        context.gate,
        context.keyring,
        context.reader,
      )({
        operation: 'sessions.sso',
        act: signInPeople(context.keyring),
        input: {...person, challenge: device === true ? GRANT : (terminal?.challenge ?? null)},
        target: {kind: 'session'},
        address,
      })
      if (!('link' in signedIn))
        return reply
          .header('set-cookie', `${SESSION_COOKIE}=${signedIn.session}; Path=/; Secure; HttpOnly; SameSite=Strict`)
          .redirect(DASHBOARD, 303)
      if (terminal === undefined) return page(reply, 'Sign a terminal in', codeForm(signedIn.link, signedIn))
      return page(reply, 'Sign a terminal in', terminalForm(terminal, signedIn), `http://127.0.0.1:${terminal.port}`)
    } catch (error) {
      if (error instanceof Refused && error.code === 'forbidden') return failed(error.message)
      if (error instanceof Refused) throw error
      logger.warn({err: error}, 'an answer of the provider of single sign-on was refused')
      return failed('The provider’s answer does not hold.')
    }
  })
}

/** What follows the sign-in: a terminal on the browser's own machine gets it, or a code of another one is asked for. */
interface After {
  terminal?: Loopback & {challenge: string}
  device?: true
}

/** A link to the same sign-in, for which a terminal may wait yet, and one that tells it to wait no more. */
function again({terminal, device}: After): string {
  const query = {
    ...(terminal === undefined ? {} : {...terminal, port: String(terminal.port)}),
    ...(device === true ? {device: '1'} : {}),
  }
  const link = (to: string, text: string) => `<p><a href="${escapeHtml(to)}">${text}</a></p>`
  const giveUp = (port: number, state: string) =>
    link(
      `http://127.0.0.1:${port}/?${new URLSearchParams({error: 'access_denied', state})}`,
      'Let the terminal give up',
    )
  return `${link(`${SSO}?${new URLSearchParams(query)}`, 'Try again')}${terminal === undefined ? '' : giveUp(terminal.port, terminal.state)}`
}

/** What a request says of it; null: it is not well formed. */
function afterIn({port, challenge, state, device}: Record<string, unknown>): After | null {
  if (device !== undefined) return device === '1' ? {device: true} : null
  if (port === undefined && challenge === undefined && state === undefined) return {}
  const isPort = typeof port === 'string' && /^\d{4,5}$/.test(port) && Number(port) >= 1024 && Number(port) < 65_536
  const isText = (text: unknown): text is string => typeof text === 'string' && /^[\w-]{43}$/.test(text)
  return isPort && isText(challenge) && isText(state) ? {terminal: {port: Number(port), challenge, state}} : null
}

const ended = (cookie: string) => `${cookie}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0`

const cookieOf = (begun: Begun & After): string =>
  `${cookieFor(begun.state)}=${Buffer.from(JSON.stringify(begun)).toString('base64url')}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${PATIENCE}`

/** The names of the cookies of what this browser began. */
const namesIn = (cookies: string | undefined): string[] =>
  (cookies ?? '').split(/; */).flatMap((cookie) => /^__Host-postern-sso-[\w-]{16}(?==)/.exec(cookie) ?? [])

/** What this browser began with this state; null: nothing, or something that is not ours. */
function begunIn(cookies: string | undefined, asked: string): (Begun & After) | null {
  const name = `${cookieFor(asked)}=`
  const found = (cookies ?? '').split(/; */).filter((cookie) => cookie.startsWith(name))
  if (found.length !== 1) return null
  try {
    const text = Buffer.from(found[0]!.slice(name.length), 'base64url').toString()
    const {state, nonce, verifier, terminal, device} = JSON.parse(text) as Partial<Begun & After>
    const isText = (one: unknown): one is string => typeof one === 'string' && /^[\w-]{20,128}$/.test(one)
    // It is the browser's own; and yet where it is sent is looked at again.
    const port = terminal === undefined ? undefined : String(terminal.port)
    const after = afterIn({...terminal, port, ...(device === undefined ? {} : {device: '1'})})
    return isText(state) && state === asked && isText(nonce) && isText(verifier) && after !== null
      ? {state, nonce, verifier, ...after}
      : null
  } catch {
    return null
  }
}
