import {readdirSync, readFileSync, statSync} from 'node:fs'
import {Agent} from 'node:https'
import {join} from 'node:path'
import fc from 'fast-check'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {isProblemCode, problems} from '../../src/contract/problems.ts'
import type {Surface} from '../../src/contract/surfaces.ts'
import {type Attack, sitesOf} from '../world/attacks.ts'
import type {Session} from '../world/browser.ts'
import {AUDIT_TABLES, contentOf} from '../world/database.ts'
import {type Described, describedBy} from '../world/openapi.ts'
import type {Ask} from '../world/places.ts'
import {type Answer, request} from '../world/request.ts'
import {succeed, type World, world} from '../world/world.ts'

/** Other requests: POSTERN_TEST_SEED=1 npx vitest run test/e2e/hostile.test.ts */
const SEED = Number(process.env.POSTERN_TEST_SEED ?? 20_261_124)
const AT_ONCE = 16
const REQUESTS = 10_000

const credentials = [
  'right',
  'bound',
  'none',
  'wrong',
  "the other surface's",
  'a session without its CSRF token',
] as const
type Credential = (typeof credentials)[number]

interface Hostile extends Attack {
  operation: Described
  at: string
  as: Credential
}

let w: World
let session: Session
let workload: string
let bound: string
let operations: Described[]
const agent = new Agent({keepAlive: true, maxSockets: AT_ONCE})

beforeAll(async () => {
  w = await world()
  for (const noun of ['secret', 'variable'])
    for (const stdin of ['one', 'two']) await succeed(w.cli([noun, 'set', '--scope', 'sample', 'sample'], {stdin}))
  await succeed(w.cli(['secret', 'set', '--scope', 'sample', 'deleted'], {stdin: 'one'}))
  await succeed(w.cli(['secret', 'delete', '--scope', 'sample', 'deleted', '--yes']))
  await succeed(w.cli(['role', 'create', 'sample', '--permission', 'secrets.list']))
  bound = (await succeed(w.cli(['token', 'create', 'sample', '--role', 'admin', '--scope', 'sample/**']))).stdout.trim()
  session = await w.dashboard()
  workload = await w.workload('fed')
  operations = await describedBy(w.server)
})
afterAll(async () => {
  agent.destroy()
  await w?.close()
})

/** What identifies a request on a surface, rightly or not. */
function headersOf(as: Credential, surface: Surface, canary: string): Record<string, string> {
  const bearer = (token: string) => ({authorization: `Bearer ${token}`})
  const cookie = {cookie: session.cookie}
  const whole = {...cookie, 'x-csrf-token': session.csrfToken}
  if (as === 'none') return {}
  if (as === 'wrong')
    return {...bearer(`postern_${canary}`), cookie: `__Host-postern-session=${canary}`, 'x-csrf-token': canary}
  if (surface === 'workload') return bearer(as === "the other surface's" ? w.token : workload)
  if (as === 'bound') return surface === 'cli' ? bearer(bound) : whole
  if (as === "the other surface's") return surface === 'cli' ? whole : bearer(w.token)
  if (as === 'a session without its CSRF token')
    return surface === 'cli' ? bearer(w.token) : {...cookie, 'x-csrf-token': canary}
  return surface === 'cli' ? bearer(w.token) : whole
}

const send = ({method, path, headers, body}: Ask, more: Record<string, string>): Promise<Answer> =>
  request(w.server.url, path, w.server.ca, {method, headers: {...more, ...headers}, body, agent})

/** Why an answer is no refusal; null: it is one. */
function fault({status, headers, json}: Answer, method: string): string | null {
  if (status < 400 || status >= 500) return `status ${status}`
  if (!String(headers['content-type']).startsWith('application/problem+json'))
    return `content type ${headers['content-type']}`
  if (method === 'HEAD') return null
  if (!isProblemCode(json?.code)) return `no problem, but ${JSON.stringify(json)}`
  return problems[json.code as 'malformed'].status === status ? null : `${json.code} with ${status}`
}

/** Everything but the audit log, and how often keys have sealed. */
async function stored(): Promise<Record<string, string[]>> {
  const content = await contentOf(w.server.data, AUDIT_TABLES)
  const without = (table: string, column: string) =>
    content[table]!.map((row) => JSON.stringify({...JSON.parse(row), [column]: null}))
  return {...content, keys: without('keys', 'sealed_count')}
}

const MARK = 'hunter2mark'
let sent = 0
const seen = new Map<string, number>()

/** Sends it, and says what is wrong with the answer. */
async function tried({operation, at, what, as, ask}: Hostile): Promise<string | null> {
  sent += 1
  seen.set(operation.id, (seen.get(operation.id) ?? 0) + 1)
  const canary = `${MARK}${sent}x`
  const asked = ask(canary)
  const answer = await send(asked, headersOf(as, operation.surface, canary)).catch((error: Error) => error)
  const wrong = answer instanceof Error ? `no answer: ${answer.message}` : (fault(answer, asked.method) ?? echo(answer))
  return wrong === null
    ? null
    : `${operation.id}, ${at}: ${what}, credential: ${as}: ${wrong}\n${asked.method} ${asked.path.slice(0, 300)}`
}

const echo = ({text, headers}: Answer) =>
  `${text}${JSON.stringify(headers)}`.replaceAll('\0', '').toLowerCase().includes(MARK) ? `an echo: ${text}` : null

test(`${REQUESTS} hostile requests are refused, without an echo, a fault or a change`, async () => {
  const sites = operations.flatMap(sitesOf)
  const hostile = fc
    .constantFrom(...sites)
    .chain(({operation, at, attacks}) =>
      fc
        .tuple(
          attacks,
          fc.oneof(
            {weight: 6, arbitrary: fc.constant<Credential>('right')},
            {weight: 4, arbitrary: fc.constantFrom(...credentials)},
          ),
        )
        .map(([attack, as]): Hostile => ({operation, at, as, ...attack})),
    )
  let before = await stored()
  await fc.assert(
    fc.asyncProperty(fc.array(hostile, {minLength: AT_ONCE, maxLength: AT_ONCE}), async (batch) => {
      const wrong = (await Promise.all(batch.map(tried))).filter((one) => one !== null)
      const after = await stored()
      const changed = Object.keys(after).filter(
        (table) => JSON.stringify(after[table]) !== JSON.stringify(before[table]),
      )
      before = after
      if (changed.length > 0)
        wrong.push(
          `changed: ${changed} by one of ${batch.map((one) => `${one.operation.id}, ${one.at}: ${one.what}`).join('; ')}`,
        )
      if (wrong.length > 0) throw new Error(wrong.join('\n'))
    }),
    {
      seed: SEED,
      numRuns: REQUESTS / AT_ONCE,
      // Each request that goes wrong is named: there is nothing to make smaller.
      endOnFailure: true,
      reporter: ({failed, errorInstance}) => {
        if (failed) throw new Error(`seed ${SEED}:\n${(errorInstance as Error).message}`)
      },
    },
  )
  expect(sent).toBe(REQUESTS)
  expect([...seen.keys()].sort()).toEqual(operations.map(({id}) => id).sort())
}, 180_000)

test('and nothing of them is found afterwards: in the log, in the audit log, in a file', async () => {
  await succeed(w.cli(['audit', 'verify']))
  await w.server.stop()
  expect(
    w.server
      .output()
      .toLowerCase()
      .split('\n')
      .filter((line) => line.includes(MARK)),
  ).toEqual([])
  const files = readdirSync(w.server.data, {recursive: true})
    .map((name) => join(w.server.data, String(name)))
    .filter((path) => statSync(path).isFile())
  expect(files.filter((path) => readFileSync(path).toString('latin1').toLowerCase().includes(MARK))).toEqual([])
})
