import {Agent} from 'node:https'
import fc from 'fast-check'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {isProblemCode, problems} from '../../src/contract/problems.ts'
import type {Session} from '../world/browser.ts'
import {inUrl} from '../world/hostile.ts'
import {accepts, type Described, describedBy, type JsonSchema, type Parameter} from '../world/openapi.ts'
import {type Answer, request} from '../world/request.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

/** Other requests: POSTERN_TEST_SEED=1 npx vitest run test/e2e/random.test.ts */
const SEED = Number(process.env.POSTERN_TEST_SEED ?? 20_261_124)
const AT_ONCE = 16
const REQUESTS = 1600

let w: World
let session: Session
let workload: string
let operations: Described[]
const agent = new Agent({keepAlive: true, maxSockets: AT_ONCE})
beforeAll(async () => {
  w = await world()
  session = await w.dashboard()
  workload = await w.workload('sample')
  operations = await describedBy(w.server)
})
afterAll(async () => {
  agent.destroy()
  await w?.close()
})

/** Anything that the schema takes; of names, often one that others have too. */
function anyOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  const {type, properties = {}, required = [], items, pattern} = schema
  const options = schema.anyOf ?? schema.oneOf
  if (options !== undefined) return fc.oneof(...options.map(anyOf))
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (type === 'object') {
    const {additionalProperties: others, propertyNames} = schema
    if (typeof others === 'object')
      return fc.dictionary(anyOf(propertyNames ?? {type: 'string'}) as fc.Arbitrary<string>, anyOf(others), {
        maxKeys: 3,
      })
    const fields = Object.entries(properties).map(([name, property]) => [name, anyOf(property)] as const)
    return fc.record(Object.fromEntries(fields), {requiredKeys: required})
  }
  if (type === 'array') return fc.array(anyOf(items!), {minLength: 1, maxLength: 3})
  if (type === 'integer') {
    const {minimum = 0, maximum = Number.MAX_SAFE_INTEGER} = schema
    const near = fc.integer({min: minimum, max: Math.min(maximum, minimum + 5)})
    return fc.oneof(
      near,
      fc.maxSafeInteger().filter((n) => n >= minimum && n <= maximum),
      fc.constant(maximum),
    )
  }
  if (type === 'boolean') return fc.boolean()
  if (type === 'null') return fc.constant(null)
  const text =
    pattern === undefined ? fc.string({unit: 'binary'}) : fc.stringMatching(new RegExp(withoutLookahead(pattern)))
  const shared = fc
    .constantFrom('a', 'b', 'a/b', 'a/b/c', '**', '10.0.0.0/8', 'secrets.set')
    .filter((one) => accepts(schema, one))
  const known = ['a', 'secrets.set', '10.0.0.0/8'].some((one) => accepts(schema, one))
  const random = text.filter((one) => accepts(schema, one))
  return known ? fc.oneof({weight: 3, arbitrary: shared}, random) : random
}

/** The generator knows none; what it makes is held against the whole pattern afterwards. */
const withoutLookahead = (pattern: string) => pattern.replace(/\(\?![^)]*\)/g, '')

interface Asked {
  operation: Described
  path: string
  body: unknown
}

/** What a flag of a query may say. */
const flag = fc.constantFrom('true', 'false', '1', '0', 'yes', 'no')

function anyRequest(operation: Described): fc.Arbitrary<Asked> {
  const value = ({name, schema}: Parameter) =>
    name === 'org'
      ? fc.constant('default')
      : schema.type === 'string' && schema.pattern === undefined && schema.enum === undefined
        ? flag
        : anyOf(schema).map(String)
  const query = operation.query.filter(({name}) => name !== 'cursor')
  return fc
    .record({
      params: fc.record(Object.fromEntries(operation.params.map((one) => [one.name, value(one)]))),
      query: fc.record(Object.fromEntries(query.map((one) => [one.name, value(one)])), {
        requiredKeys: query.filter((one) => one.required).map((one) => one.name),
      }),
      body: operation.body === null ? fc.constant(undefined) : anyOf(operation.body),
    })
    .map(({params, query, body}) => {
      const asked = Object.entries(query).map(([name, text]) => `${name}=${inUrl(text as string)}`)
      const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
        inUrl((params as Record<string, string>)[name]!),
      )
      return {operation, path: asked.length === 0 ? path : `${path}?${asked.join('&')}`, body}
    })
}

function send({operation: {surface, method}, path, body}: Asked): Promise<Answer> {
  const whole = {cookie: session.cookie, 'x-csrf-token': session.csrfToken}
  const headers = surface === 'dashboard' ? whole : {authorization: `Bearer ${surface === 'cli' ? w.token : workload}`}
  return request(w.server.url, path, w.server.ca, {method, headers, body, agent})
}

/** What is wrong with an answer to what the document lets pass. */
function fault({status, json}: Answer, {reply}: Described): string | null {
  if (status === 200)
    return accepts(reply, json) ? null : `a reply that the document does not know: ${JSON.stringify(json)}`
  if (!isProblemCode(json?.code) || problems[json.code as 'malformed'].status !== status)
    return `${status} without its problem`
  // What a noun refuses may be called malformed too; what the document lets pass is not malformed in its form.
  const form = /not well formed|unknown field|breaks the rules|takes no/.test(json.detail)
  const wrong = status >= 500 || form || ['unauthenticated', 'unsupported_media_type'].includes(json.code)
  return wrong ? `${status} ${json.code}: ${json.detail}` : null
}

test(`${REQUESTS} random requests that the document lets pass are answered as it says, without a fault`, async () => {
  const done = new Set<string>()
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...operations).chain(anyRequest), {minLength: AT_ONCE, maxLength: AT_ONCE}),
      async (batch) => {
        const wrong = await Promise.all(
          batch.map(async (asked) => {
            const answer = await send(asked)
            if (answer.status === 200) done.add(asked.operation.id)
            const what = fault(answer, asked.operation)
            return what === null ? [] : [`${asked.operation.id}: ${what}\n${asked.path}\n${JSON.stringify(asked.body)}`]
          }),
        )
        if (wrong.flat().length > 0) throw new Error(wrong.flat().join('\n'))
      },
    ),
    {
      seed: SEED,
      numRuns: REQUESTS / AT_ONCE,
      endOnFailure: true,
      reporter: ({failed, errorInstance}) => {
        if (failed) throw new Error(`seed ${SEED}:\n${(errorInstance as Error).message}`)
      },
    },
  )
  // Most operations can be done by chance; a test in which nothing works would prove nothing.
  expect(done.size).toBeGreaterThan(operations.length / 2)
  await succeed(w.cli(['audit', 'verify']))
  expect((await asToken(w.server, w.token, 'whoami', {})).status).toBe(200)
}, 180_000)
