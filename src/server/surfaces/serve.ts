import {Buffer} from 'node:buffer'
import type {Readable} from 'node:stream'
import type {FastifyInstance, FastifyReply, FastifyRequest} from 'fastify'
import * as names from '../../contract/names.ts'
import {UNATTENDED} from '../../contract/pages.ts'
import type {Route, WriteRoute} from '../../contract/route.ts'
import {routes} from '../../contract/routes/index.ts'
import {prefixes, type Surface} from '../../contract/surfaces.ts'
import {NO_ORG, Refused} from '../gate/refused.ts'
import type {Actor, Reached, Target} from '../gate/types.ts'
import {unseal, type Sent as ValuesSent} from '../values/unseal.ts'
import {addressOf} from './address.ts'
import {admit} from './admit.ts'
import type {Context} from './context.ts'
import {countedBody} from './counted-body.ts'
import {credentialIn} from './credential-in.ts'
import {whenGone} from './gone.ts'
import {handlers} from './handlers.ts'
import {identified} from './identified.ts'
import type {Place} from './room.ts'
import {validate} from './validate.ts'

const params: Record<string, {safeParse: (value: unknown) => {success: boolean}}> = {
  org: names.org,
  key: names.key,
  name: names.name,
}

/** Mounts every route of the contract that this surface offers. The one place that ties a path to what it does. */
export function serve(app: FastifyInstance, surface: Surface, context: Context): void {
  const table = handlers(context) as unknown as Record<string, never>
  const known = new WeakMap<FastifyRequest, {actor: Actor; place: Place}>()
  const held = async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
    if (reply.statusCode < 400 && typeof payload === 'string')
      known.get(request)?.place.holdAnswer(Buffer.byteLength(payload))
    return payload
  }
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
      onRequest: async (request, reply) => {
        const suspect = context.failures.areMany(addressOf(request))
        const place = context.room.enter(credentialIn(request.headers), suspect)
        whenGone(request.raw.socket, reply.raw, place.leave)
        const entered = async () => {
          const actor = await identified(request, surface, context)
          place.identified(actor.orgId)
          if (route.method === 'GET' && hasBody(request)) throw new Refused('malformed', 'This route takes no body.')
          const attended = request.headers[UNATTENDED] === undefined
          context.lastUse.note(actor, context.now().toISOString(), attended)
          if ('bodyLimit' in route) await admitted(name, route, request, actor, context)
          place.hold(lengthOf(request))
          known.set(request, {actor, place})
        }
        try {
          await place.during(entered)
        } catch (error) {
          // A refusal is short: it holds no place until it is read.
          place.leave()
          throw error
        }
      },
      preParsing: (request, _reply, body, done) => {
        const isChunked = request.headers['transfer-encoding'] !== undefined
        done(null, isChunked ? countedBody(body as Readable, known.get(request)!.place.hold) : body)
      },
      // What a write did is done: its answer is short, and no room is too small for it.
      ...(route.verb === 'write' ? {} : {onSend: held}),
      handler: async (request, reply) => {
        // Node's parser fails with HPE_PAUSED, and resets the connection, when the next large body comes over TLS before
        // the last byte of a large reply is out.
        if ('bodyLimit' in route) reply.header('connection', 'close')
        const {actor, place} = known.get(request)!
        const input = inputOf(route, request, actor)
        const ask = () => answer({name, route, request, input, actor, handler: table[name]!}, context)
        if (route.verb === 'read' && route.waits === true) return waitFor({ask, request, reply, actor, place}, context)
        if (route.verb !== 'disclose' || route.conditional === undefined) return place.during(ask)
        const looked = {name: route.conditional, route: routes[route.conditional], handler: table[route.conditional]!}
        return place.during(() => unlessKnown({...looked, request, reply, input, actor}, ask, context))
      },
    })
  }
}

/** The framework reads no body of a GET; one that comes all the same is not passed over in silence. */
const hasBody = ({headers}: FastifyRequest): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** How many bytes the body of a request is said to have; of chunks, nothing is. */
const lengthOf = ({headers, routeOptions}: FastifyRequest): number =>
  Math.min(Number(headers['content-length'] ?? 0), routeOptions.bodyLimit)

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
  query: {scope?: string; environment?: string; dryRun?: boolean; etag?: string} | undefined
  body:
    | {
        reason?: string
        name?: string
        scope?: string
        to?: unknown
        items?: readonly unknown[]
        remove?: readonly unknown[]
      }
    | undefined
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

/** How many things what gives all of an environment counts as: nobody waits behind hundreds of such. */
const MANY = 32

interface Answering {
  name: string
  route: Route
  request: FastifyRequest
  input: Sent
  actor: Actor
  handler: never
}

/** Answers 304, without a body, to who has the etag of what would be answered; who has another, or none, gets all of it. */
async function unlessKnown(
  {reply, ...looked}: Answering & {reply: FastifyReply},
  ask: () => Promise<unknown>,
  context: Context,
): Promise<unknown> {
  const known = etagsIn(looked.request.headers['if-none-match'])
  for (const etag of known) {
    const input = {...looked.input, query: {...looked.input.query, etag}}
    const {changed} = (await answer({...looked, input}, context)) as {changed: boolean}
    if (!changed) return reply.code(304).header('etag', `"${etag}"`).send()
  }
  const answered = (await ask()) as {etag: string}
  reply.header('etag', `"${answered.etag}"`)
  return answered
}

/** The etags of an If-None-Match header that are of our form, one at most: nobody has two states of one thing (RFC 9110, 13.1.2). */
const etagsIn = (header: string | undefined): string[] =>
  [...(header ?? '').matchAll(/"([A-Za-z0-9_-]{43})"/g)].slice(0, 1).map((match) => match[1]!)

interface WaitingFor {
  ask: () => Promise<unknown>
  request: FastifyRequest
  reply: FastifyReply
  actor: Actor
  place: Place
}

/** Asks once in its place, and again outside of it, after each change, until the answer says that something changed. */
async function waitFor({ask, request, reply, actor, place}: WaitingFor, {held}: Context): Promise<unknown> {
  const first = (await place.during(ask)) as {changed: boolean}
  if (first.changed) return first
  place.leave()
  const gone = new AbortController()
  whenGone(request.raw.socket, reply.raw, () => gone.abort())
  return held.until(actor, {first, again: ask as () => Promise<{changed: boolean}>, gone: gone.signal})
}

async function answer(
  {name, route, request, input, actor, handler}: Answering,
  {gate, keyring}: Context,
): Promise<unknown> {
  const reached = reachedBy(route, input)
  // Of many at once, the first: an entry has one scope.
  const first = input.body?.items !== undefined && reached !== 'organization' ? reached[0] : undefined
  const {scope = input.body?.scope ?? first} = input.query ?? {}
  const {workload} = actor
  const environment = workload?.environment ?? input.query?.environment
  const named = input.params.key ?? input.params.name ?? input.body?.name ?? environment
  const kind = workload === null ? kindOf(route) : 'environment'
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
    weight: weightOf(route, input),
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

/** How many things a request is about. */
function weightOf(route: Route, {body: {items, remove} = {}}: Sent): number {
  if (items !== undefined) return Math.max(1, items.length + (remove?.length ?? 0))
  return route.verb === 'disclose' && route.many === true ? MANY : 1
}

/** Every scope or pattern that a request names. What names none where it must counts as all. */
function reachedBy({reach}: Route, input: Sent): Reached {
  if (reach === 'organization') return reach
  if (reach === 'scope') return [input.query?.scope ?? '**']
  return typeof reach === 'function' ? reach(input as never) : []
}
