import type {FastifyInstance, FastifyRequest} from 'fastify'
import {DASHBOARD} from '../../contract/pages.ts'
import {prefixes} from '../../contract/surfaces.ts'
import {asServer} from '../gate/as-server.ts'
import {Refused} from '../gate/refused.ts'
import {deviceCode, isGranted, isOffered, NO_GRANT, OVER, offerSessions, takeSessions} from '../sessions/take.ts'
import {addressOf} from './address.ts'
import type {Context} from './context.ts'
import {endOwnSession} from './end-session.ts'
import {identified} from './identified.ts'
import {sameOrigin} from './origin.ts'
import {escapeHtml, page} from './plain-page.ts'
import {sendProblemPage} from './problem.ts'
import {codeForm, DEVICE} from './terminal-forms.ts'

const isSecret = (text: unknown): text is string => typeof text === 'string' && /^[\w-]{43}$/.test(text)

/**
 * Where a terminal begins without a browser of its own, and where it takes what somebody signed in for it, and gives it
 * back. Nobody is signed in before: what is sent in vain counts as a failed sign-in.
 */
export function serveTerminal(app: FastifyInstance, context: Context): void {
  const {keyring, reader, now, failures, room} = context
  const inRoom = async <R>(request: FastifyRequest, work: () => Promise<R>): Promise<R> => {
    const address = addressOf(request)
    const place = room.enter(`terminal ${address}`, failures.areMany(address))
    try {
      return await work()
    } finally {
      place.leave()
    }
  }
  const sentIn = (request: FastifyRequest): {link: string | null; verifier: string} => {
    const {link = null, verifier, ...more} = (request.body ?? {}) as Record<string, unknown>
    const isWell = isSecret(verifier) && (link === null || isSecret(link)) && Object.keys(more).length === 0
    if (!isWell) throw new Refused('malformed', 'It takes a verifier, and a link where a browser brought one.')
    return {link, verifier}
  }

  app.post(`${prefixes.cli}/sso/device`, {bodyLimit: 1024}, async (request) =>
    inRoom(request, async () => {
      const code = deviceCode(keyring, sentIn(request).verifier, now().toISOString())
      return {code, url: `${context.dashboardUrl()}${DEVICE}`}
    }),
  )

  app.post(`${prefixes.cli}/sso/session`, {bodyLimit: 1024}, async (request, reply) =>
    inRoom(request, async () => {
      const sent = sentIn(request)
      if (!(await isOffered(reader, keyring, sent, now().toISOString()))) {
        if (sent.link === null) return reply.code(202).send({pending: true})
        // Who has no credential adds nothing to the log but to the count of a minute.
        failures.count(addressOf(request), null)
        throw new Refused('forbidden', OVER)
      }
      const write = asServer(context.gate, keyring, reader)
      const {session, expiresAt} = await write({
        operation: 'sessions.take',
        act: takeSessions(keyring),
        input: sent,
        target: {kind: 'session'},
        address: addressOf(request),
      })
      return {token: session, expiresAt}
    }),
  )

  app.delete(`${prefixes.cli}/sso/session`, async (request) =>
    inRoom(request, async () => {
      const actor = await identified(request, 'cli', context)
      if (actor.sessionId === null)
        throw new Refused('forbidden', 'This is a token, and no session: postern token revoke NAME ends it.')
      await endOwnSession(request, actor, context)
      return {ended: true}
    }),
  )
}

/** The page where somebody allows the terminal that shows a code: they sign in for that alone, whatever session the browser has. */
export function serveDevice(app: FastifyInstance, context: Context): void {
  const {keyring, reader, now, failures, room} = context
  app.register(async (scoped) => {
    scoped.setErrorHandler(sendProblemPage)
    scoped.addContentTypeParser('application/x-www-form-urlencoded', {parseAs: 'string'}, (_request, body, done) =>
      done(null, Object.fromEntries(new URLSearchParams(body as string))),
    )

    scoped.get(DEVICE, async (_request, reply) =>
      page(reply, 'Sign a terminal in', `<p>First sign in as yourself.</p>${BEGIN}`),
    )

    scoped.post(DEVICE, {bodyLimit: 1024}, async (request, reply) => {
      const {grant, code: typed} = (request.body ?? {}) as {grant?: unknown; code?: unknown}
      const address = addressOf(request)
      const refuse = (why: string) =>
        page(reply.code(403), 'No terminal was signed in', `<p>${escapeHtml(why)}</p>${BEGIN}`)
      if (!sameOrigin(request, context.dashboardUrl()) || !isSecret(grant))
        return refuse('The request does not come from this page.')
      const place = room.enter(grant, failures.areMany(address))
      try {
        if (!(await isGranted(reader, keyring, grant, now().toISOString()))) {
          failures.count(address, null)
          return refuse(NO_GRANT)
        }
        const code = String(typed)
          .toUpperCase()
          .replace(/[^A-Z]/g, '')
        if (code.length !== 8)
          return page(reply.code(400), 'Sign a terminal in', codeForm(grant, null, '<p>A code has eight letters.</p>'))
        const offered = asServer(
          context.gate,
          keyring,
          reader,
        )({
          operation: 'sessions.offer',
          act: offerSessions(keyring),
          input: {grant, code},
          target: {kind: 'session'},
          address,
        })
        const refused = await offered.then(
          () => null,
          (error: unknown) => {
            if (error instanceof Refused && error.code === 'forbidden') return error.message
            throw error
          },
        )
        return refused === null
          ? page(
              reply,
              'Your terminal goes on',
              '<p>If the code was the one it shows, it is signed in now. You may close this page.</p>',
            )
          : refuse(refused)
      } finally {
        place.leave()
      }
    })
  })
}

const BEGIN = `<p><a href="${DASHBOARD}/sso?device=1">Sign in with single sign-on</a></p>`
