import {timingSafeEqual} from 'node:crypto'
import type {FastifyInstance, FastifyRequest} from 'fastify'
import * as names from '../../contract/names.ts'
import type {Route, WriteRoute} from '../../contract/route.ts'
import {routes} from '../../contract/routes/index.ts'
import {prefixes, type Surface} from '../../contract/surfaces.ts'
import {csrfToken, sessionActor, tokenActor} from '../credentials/identify.ts'
import {NO_ORG, Refused} from '../gate/refused.ts'
import type {Actor, Reached, Target} from '../gate/types.ts'
import {unseal, type Sent as ValuesSent} from '../values/unseal.ts'
import {addressOf} from './address.ts'
import {admit} from './admit.ts'
import type {Context} from './context.ts'
import {handlers} from './handlers.ts'
import {sameOrigin} from './origin.ts'
import {validate} from './validate.ts'

const params: Record<string, {safeParse: (value: unknown) => {success: boolean}}> = {
  org: names.org,
  key: names.key,
  name: names.name,
}

/** Mounts every route of the contract that this surface offers. The one place that ties a path to what it does. */
export function serve(app: FastifyInstance, surface: Surface, context: Context): void {
  const table = handlers(context) as unknown as Record<string, never>
  const actors = new WeakMap<FastifyRequest, Actor>()
  for (const [name, route] of Object.entries(routes) as [string, Route][]) {
    if (!route.surfaces.includes(surface)) continue
    if (route.verb === 'write' ? route.operation === undefined : route.permission === undefined) {
      throw new Error(`route ${name} declares no permission`)
    }
    if (route.reach === undefined) throw new Error(`route ${name} does not say how it stands to scopes`)
    app.route({
      method: route.method,
      url: prefixes[surface] + route.path,
      ...('bodyLimit' in route ? {bodyLimit: route.bodyLimit} : {}),
      // Before the body is read: who is not signed in sends nothing that is looked at.
      onRequest: async (request) => {
        const actor = await identify(request, surface, context).catch((error: unknown) => {
          if (error instanceof Refused && error.code === 'unauthenticated')
            context.failures.count(addressOf(request), tokenIn(request))
          throw error
        })
        if (route.method === 'GET' && hasBody(request)) throw new Refused('malformed', 'This route takes no body.')
        context.lastUse.note(actor.tokenId, context.now().toISOString())
        actors.set(request, actor)
        if ('bodyLimit' in route) await admitted(name, route, request, actor, context)
      },
      handler: async (request, reply) => {
        // Node's parser fails with HPE_PAUSED, and resets the connection, when the next large body comes over TLS before
        // the last byte of a large reply is out.
        if ('bodyLimit' in route) reply.header('connection', 'close')
        const actor = actors.get(request)!
        const input = inputOf(route, request, actor)
        return answer({name, route, request, input, actor, handler: table[name]!}, context)
      },
    })
  }
}

/** The framework reads no body of a GET; one that comes all the same is not passed over in silence. */
const hasBody = ({headers}: FastifyRequest): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** The token that a request came with, right or wrong. */
const tokenIn = ({headers}: FastifyRequest): string | null =>
  /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? null

/** The actor of a request on this surface. A credential of another surface is none here. */
async function identify(
  request: FastifyRequest,
  surface: Surface,
  {reader, keyring, now, dashboardUrl}: Context,
): Promise<Actor> {
  const at = now().toISOString()
  if (surface === 'cli') {
    const actor = await tokenActor(reader, keyring, request.headers.authorization, at)
    if (actor === null) throw new Refused('unauthenticated', 'No valid token came with this request.')
    return actor
  }
  const actor = await sessionActor(reader, keyring, request.headers.cookie, at)
  if (actor === null)
    throw new Refused(
      'unauthenticated',
      'No valid session came with this request. Ask for a link: postern dashboard open',
    )
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const expected = Buffer.from(csrfToken(keyring, actor.sessionId!))
    const given = Buffer.from(String(request.headers['x-csrf-token'] ?? ''))
    if (!sameOrigin(request, dashboardUrl()) || given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw new Refused(
        'forbidden',
        'The request does not come from the dashboard itself: its CSRF token or origin is wrong.',
      )
    }
  }
  return actor
}

/** What is known of a large request before its body: enough to refuse it, and to record that. */
const admitted = (name: string, route: WriteRoute, request: FastifyRequest, actor: Actor, context: Context) =>
  admit({
    gate: context.gate,
    route,
    actor,
    requestId: request.id,
    address: addressOf(request),
    target: {kind: kindOf(route)},
    digest: context.keyring.requestDigest(JSON.stringify([name, 'unread'])),
  })

/** What a route is about: the noun of its path. */
const kindOf = ({path}: Route): string => path.split('/')[3]?.replace(/s$/, '') ?? 'server'

interface Sent {
  params: {org?: string; key?: string; name?: string}
  query: {scope?: string; dryRun?: boolean} | undefined
  body: {reason?: string; name?: string; to?: unknown; items?: readonly unknown[]} | undefined
}

function inputOf(route: Route, request: FastifyRequest, actor: Actor): Sent {
  const given = request.params as Record<string, string>
  for (const [name, value] of Object.entries(given)) {
    if (params[name]?.safeParse(value).success !== true)
      throw new Refused('malformed', `The ${name} in the path breaks the rules for its name.`)
  }
  // Another tenant's organization answers as one that is not there, whatever else was sent.
  const {org = actor.org} = given
  if (org !== actor.org && !('ofDeleted' in route)) throw new Refused(...NO_ORG)
  return {
    params: given,
    query: validate(route.query, request.query, 'query') as Sent['query'],
    body: validate(route.body, request.body, 'body') as Sent['body'],
  }
}

interface Answering {
  name: string
  route: Route
  request: FastifyRequest
  input: Sent
  actor: Actor
  handler: never
}

async function answer(
  {name, route, request, input, actor, handler}: Answering,
  {gate, keyring}: Context,
): Promise<unknown> {
  const reached = reachedBy(route, input)
  // Of many at once, the first: an entry has one scope.
  const first = input.body?.items !== undefined && reached !== 'organization' ? reached[0] : undefined
  const {scope = first} = input.query ?? {}
  const named = input.params.key ?? input.params.name ?? input.body?.name
  const kind = kindOf(route)
  // Where something goes, or the version that it goes back to.
  const to = input.body?.to
  const target: Target = {
    kind,
    ...(scope === undefined ? {} : {scope}),
    ...(named === undefined ? {} : {name: named}),
    ...(typeof to === 'string' && {to}),
    ...(typeof to === 'number' && {version: to}),
  }
  const common = {
    actor,
    requestId: request.id,
    address: addressOf(request),
    input,
    target,
    reached,
    weight: input.body?.items?.length ?? 1,
    reason: input.body?.reason,
  }
  if (route.verb === 'read')
    return gate.read({permission: route.permission, ...common}, (read) =>
      (handler as (r: unknown, i: Sent) => Promise<unknown>)(read, input),
    )
  if (route.verb === 'disclose') {
    const {discloses: operation, permission, perMinute} = route
    return gate.disclose({operation, permission, perMinute, reveal: handler, ...common})
  }
  const opened =
    route.values === undefined ? input : await unseal(keyring, actor.org, route.values, input as Sent & ValuesSent)
  return gate.write({
    operation: route.operation,
    act: handler,
    // Over what was sent: a repeat sends the same bytes, sealed or not.
    digest: keyring.requestDigest(JSON.stringify([name, input.params, input.query, input.body])),
    dryRun: input.query?.dryRun === true,
    oneTimeReply: route.oneTimeReply === true,
    ...common,
    input: opened,
  })
}

/** Every scope or pattern that a request names. What names none where it must counts as all. */
function reachedBy({reach}: Route, input: Sent): Reached {
  if (reach === 'organization') return reach
  if (reach === 'scope') return [input.query?.scope ?? '**']
  return typeof reach === 'function' ? reach(input as never) : []
}
