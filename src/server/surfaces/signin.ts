import type {FastifyInstance, FastifyRequest} from 'fastify'
import {isWithin} from '../credentials/addresses.ts'
import {isCsrfToken, linkActor, SESSION_COOKIE, sessionActor, wasLink} from '../credentials/identify.ts'
import {Refused} from '../gate/refused.ts'
import {createSessions} from '../sessions/create.ts'
import {addressOf} from './address.ts'
import type {Context} from './context.ts'
import {endOwnSession} from './end-session.ts'
import {sameOrigin} from './origin.ts'
import {escapeHtml, PLAIN, page} from './plain-page.ts'
import {sendProblemPage} from './problem.ts'

const LINK = /^[\w-]{43}$/

/**
 * The pages that sign a browser in and out. The GET shows who signs in and a button, and uses nothing up, so a link preview
 * spends no link; the POST does.
 */
export function serveSignin(app: FastifyInstance, context: Context): void {
  app.register(async (scoped) => {
    scoped.setErrorHandler(sendProblemPage)
    scoped.addContentTypeParser('application/x-www-form-urlencoded', {parseAs: 'string'}, (_request, body, done) =>
      done(null, Object.fromEntries(new URLSearchParams(body as string))),
    )
    /** Who a link signs in. One that never was counts as a failed sign-in; one that is spent was no guess. */
    const actorOf = async (request: FastifyRequest, given: unknown) => {
      const link = (given as {link?: unknown} | null)?.link
      if (typeof link !== 'string' || !LINK.test(link)) return null
      const {failures, keyring, now, reader, room} = context
      const address = addressOf(request)
      const place = room.enter(link, failures.areMany(address))
      try {
        const actor = await linkActor(reader, keyring, link, now().toISOString())
        if (actor === null && !(await wasLink(reader, keyring, link))) failures.count(address, null)
        return {link, actor}
      } finally {
        place.leave()
      }
    }

    scoped.get('/dashboard/signin', async (request, reply) => {
      const found = await actorOf(request, request.query)
      if (found?.actor == null || !isWithin(found.actor.cidrs, addressOf(request)))
        return page(reply.code(403), 'This link does not sign in', spent)
      const {name, org, role} = found.actor
      return page(
        reply,
        'Sign in to Postern',
        `<p>You sign in as <strong>${escapeHtml(name)}</strong> (${escapeHtml(role)}) of the organization <strong>${escapeHtml(org)}</strong>.</p>
<form method="post" action="/dashboard/signin"><input type="hidden" name="link" value="${found.link}"><button>Sign in</button></form>`,
      )
    })

    scoped.post('/dashboard/signin', {bodyLimit: 1024}, async (request, reply) => {
      const found = sameOrigin(request, context.dashboardUrl()) ? await actorOf(request, request.body) : null
      if (found?.actor == null) return page(reply.code(403), 'This link does not sign in', spent)
      try {
        const {session} = await context.gate.write({
          actor: found.actor,
          operation: 'sessions.create',
          act: createSessions(context.keyring),
          requestId: request.id,
          address: addressOf(request),
          input: null,
          target: {kind: 'session', name: found.actor.name},
          reached: [],
          digest: context.keyring.requestDigest(JSON.stringify(['sessionsCreate', found.link])),
          dryRun: false,
          oneTimeReply: true,
        })
        return reply
          .headers({
            ...PLAIN,
            'set-cookie': `${SESSION_COOKIE}=${session}; Path=/; Secure; HttpOnly; SameSite=Strict`,
          })
          .redirect('/dashboard', 303)
      } catch (error) {
        if (error instanceof Refused && error.code === 'forbidden')
          return page(reply.code(403), 'This link does not sign in', spent)
        throw error
      }
    })

    scoped.post('/dashboard/signout', {bodyLimit: 1024}, async (request, reply) => {
      const {keyring, now, reader} = context
      const actor = await sessionActor(reader, keyring, request.headers.cookie, now().toISOString())
      const given = (request.body as {csrf?: unknown} | null)?.csrf
      const fromElsewhere = !sameOrigin(request, context.dashboardUrl())
      // From another site comes no cookie, and yet a browser would take one away that the answer ends.
      if (fromElsewhere || (actor !== null && !isCsrfToken(keyring, actor, given)))
        return page(reply.code(403), 'You are still signed in', '<p>The request does not come from the dashboard.</p>')
      try {
        if (actor !== null) await endOwnSession(request, actor, context)
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        if (error.code === 'forbidden')
          return page(reply.code(403), 'You are still signed in', `<p>${escapeHtml(error.message)}</p>`)
        // It ended meanwhile, and that is what was asked for.
        if (error.code !== 'unauthenticated') throw error
      }
      return page(
        reply.header('set-cookie', `${SESSION_COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0`),
        'You are signed out',
        '<p>To sign in again:</p><pre>postern dashboard open</pre>',
      )
    })
  })
}

const spent =
  '<p>It was used before, or its 60 seconds are over. Ask for a new one:</p><pre>postern dashboard open</pre>'
