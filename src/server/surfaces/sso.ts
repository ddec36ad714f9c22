import type {FastifyBaseLogger, FastifyInstance, FastifyRequest} from 'fastify'
import {DASHBOARD} from '../../contract/pages.ts'
import {SESSION_COOKIE} from '../credentials/identify.ts'
import {asServer} from '../gate/as-server.ts'
import {Refused} from '../gate/refused.ts'
import {signInPeople} from '../sessions/sso.ts'
import type {Begun, Provider} from '../sso/provider.ts'
import {addressOf} from './address.ts'
import type {Context} from './context.ts'
import {escapeHtml, page} from './plain-page.ts'

/** What a browser brings back with the provider's answer: the prefix makes it this very host's. */
const COOKIE = '__Host-postern-sso'
/** How long somebody may take at the provider, in seconds. */
const PATIENCE = 600

const SSO = `${DASHBOARD}/sso`
export const DEVICE = `${DASHBOARD}/device`

/**
 * Signs browsers in at the provider (OpenID Connect, authorization code with PKCE). What begins it is kept in a cookie of
 * the browser alone, so that any server of the store ends it, and no other browser.
 */
export function serveSso(app: FastifyInstance, context: Context, provider: Provider, logger: FastifyBaseLogger): void {
  const callback = () => `${context.dashboardUrl()}${SSO}/callback`
  /** Takes a place as any stranger's request does: what follows asks the provider. */
  const inRoom = async <R>(request: FastifyRequest, work: () => Promise<R>): Promise<R> => {
    const address = addressOf(request)
    const place = context.room.enter(`sso ${address}`, context.failures.areMany(address))
    try {
      return await work()
    } finally {
      place.leave()
    }
  }

  app.get(SSO, async (request, reply) => {
    const after = afterIn(request.query as Record<string, unknown>)
    if (after === null) throw new Refused('malformed', 'What is to follow the sign-in is not well formed.')
    try {
      const {to, begun} = await inRoom(request, () => provider.begin(callback()))
      return reply.header('set-cookie', cookieOf({...begun, ...after})).redirect(to, 303)
    } catch (error) {
      if (error instanceof Refused) throw error
      logger.error({err: error}, 'the provider of single sign-on does not answer as it should')
      return page(reply.code(503), 'Single sign-on does not work now', `<p>The provider does not answer.</p>${again}`)
    }
  })

  app.get(`${SSO}/callback`, async (request, reply) => {
    const address = addressOf(request)
    // Whatever comes of it, it is used up.
    reply.header('set-cookie', `${COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0`)
    const failed = (why: string) => {
      context.failures.count(address, null)
      return page(reply.code(403), 'You are not signed in', `<p>${escapeHtml(why)}</p>${again}`)
    }
    const begun = begunIn(request.headers.cookie)
    const answer = new URL(request.raw.url ?? '', context.dashboardUrl())
    if (begun === null || answer.searchParams.get('state') !== begun.state)
      return failed('This browser did not begin this sign-in, or it took longer than ten minutes.')
    const refused = answer.searchParams.get('error')
    if (refused !== null) return failed(`The provider refused${/^[a-z_]{1,64}$/.test(refused) ? `: ${refused}` : ''}.`)
    try {
      const person = await inRoom(request, () => provider.end(answer, begun))
      const {terminal} = begun
      const signedIn = await asServer(
        context.gate,
        context.keyring,
        context.reader,
      )({
        operation: 'sessions.sso',
        act: signInPeople(context.keyring),
        input: {...person, challenge: terminal?.challenge ?? null},
        target: {kind: 'session'},
        address,
      })
      if ('link' in signedIn) {
        const {port, state} = terminal!
        return reply.redirect(`http://127.0.0.1:${port}/?${new URLSearchParams({link: signedIn.link, state})}`, 303)
      }
      return reply
        .header('set-cookie', `${SESSION_COOKIE}=${signedIn.session}; Path=/; Secure; HttpOnly; SameSite=Strict`)
        .redirect(begun.device === true ? DEVICE : DASHBOARD, 303)
    } catch (error) {
      if (error instanceof Refused && error.code === 'forbidden') return failed(error.message)
      if (error instanceof Refused) throw error
      logger.warn({err: error}, 'an answer of the provider of single sign-on was refused')
      return failed('The provider’s answer does not hold.')
    }
  })
}

const again = `<p><a href="${SSO}">Try again</a></p>`

/** What follows the sign-in: a terminal on the browser's own machine gets it, or a code of another one is asked for. */
interface After {
  terminal?: {port: number; challenge: string; state: string}
  device?: true
}

/** What a request says of it; null: it is not well formed. */
function afterIn({port, challenge, state, device}: Record<string, unknown>): After | null {
  if (device !== undefined) return device === '1' ? {device: true} : null
  if (port === undefined && challenge === undefined && state === undefined) return {}
  const isPort = typeof port === 'string' && /^\d{4,5}$/.test(port) && Number(port) >= 1024 && Number(port) < 65_536
  const isText = (text: unknown): text is string => typeof text === 'string' && /^[\w-]{43}$/.test(text)
  return isPort && isText(challenge) && isText(state) ? {terminal: {port: Number(port), challenge, state}} : null
}

const cookieOf = (begun: Begun & After): string =>
  `${COOKIE}=${Buffer.from(JSON.stringify(begun)).toString('base64url')}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${PATIENCE}`

/** What this browser began; null: nothing, or something that is not ours. */
function begunIn(cookies: string | undefined): (Begun & After) | null {
  const found = (cookies ?? '').split(/; */).filter((cookie) => cookie.startsWith(`${COOKIE}=`))
  if (found.length !== 1) return null
  try {
    const text = Buffer.from(found[0]!.slice(COOKIE.length + 1), 'base64url').toString()
    const {state, nonce, verifier, terminal, device} = JSON.parse(text) as Partial<Begun & After>
    const isText = (one: unknown): one is string => typeof one === 'string' && /^[\w-]{20,128}$/.test(one)
    // It is the browser's own; and yet where it is sent is looked at again.
    const port = terminal === undefined ? undefined : String(terminal.port)
    const after = afterIn({...terminal, port, ...(device === undefined ? {} : {device: '1'})})
    return isText(state) && isText(nonce) && isText(verifier) && after !== null
      ? {state, nonce, verifier, ...after}
      : null
  } catch {
    return null
  }
}
