import {Agent} from 'node:https'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Surface} from '../../src/contract/surfaces.ts'
import type {Session} from '../world/browser.ts'
import {newCanary} from '../world/canary.ts'
import {badLines, badNames, type HostileText, inUrl} from '../world/hostile.ts'
import {type Described, describedBy, type JsonSchema, sampleOf} from '../world/openapi.ts'
import {type Ask, request as askOf, jsonOf, nodesOf} from '../world/places.ts'
import {request} from '../world/request.ts'
import {type World, world} from '../world/world.ts'

/** What a text of a request is, by what stands last in its place. A place that is not here makes the test fail. */
const kinds: Record<string, 'name' | 'line' | 'other'> = {
  org: 'name',
  scope: 'name',
  key: 'name',
  name: 'name',
  with: 'name',
  to: 'name',
  role: 'name',
  'scopes[]': 'name',
  'a name in body.tags': 'name',
  environment: 'name',
  'keys[]': 'name',
  actor: 'name',
  operation: 'name',
  token: 'name',
  owner: 'line',
  note: 'line',
  reason: 'line',
  '*': 'line',
  // Of a form of their own, which test/e2e/hostile.test.ts tries.
  'cidrs[]': 'other',
  'a name in body.labels': 'other',
  etag: 'other',
  host: 'other',
  data: 'other',
  enc: 'other',
  hash: 'other',
  keyId: 'other',
  match: 'other',
  only: 'other',
  session: 'other',
  sha256: 'other',
  tag: 'other',
}

/** Neither one of a few words, nor a time, nor a flag or a cursor of a query, which may say anything but mean little. */
const isText = ({type, pattern, format, ...schema}: JsonSchema, needsPattern: boolean) =>
  type === 'string' &&
  schema.enum === undefined &&
  schema.const === undefined &&
  format === undefined &&
  (pattern !== undefined || !needsPattern)

interface Place {
  surface: Surface
  at: string
  kind: 'name' | 'line' | 'other' | undefined
  ask: (text: string) => Ask
}

function placesOf(operation: Described): Place[] {
  const {id, surface, params, query, body} = operation
  const needed = (name: string) =>
    query.filter((one) => one.required && one.name !== name).map((one) => `${one.name}=${sampleOf(one.schema)}`)
  const place = (where: string, last: string, ask: Place['ask']): Place => ({
    surface,
    at: `${id}, ${where}`,
    kind: kinds[last],
    ask,
  })
  return [
    ...params.map(({name}) => place(`path ${name}`, name, (text) => askOf(operation, {params: {[name]: inUrl(text)}}))),
    ...query
      .filter(({schema}) => isText(schema, true))
      .map(({name}) =>
        place(`query ${name}`, name, (text) => askOf(operation, {query: [...needed(name), `${name}=${inUrl(text)}`]})),
      ),
    ...(body === null ? [] : [...nodesOf(body)])
      .filter(({schema}) => isText(schema, false))
      .map(({at, wrap, isName}) =>
        place(at, isName ? at : at.slice(at.lastIndexOf('.') + 1), (text) =>
          askOf(operation, {body: jsonOf(wrap(text))}),
        ),
      ),
  ]
}

let w: World
let session: Session
let workload: string
let places: Place[]
const agent = new Agent({keepAlive: true, maxSockets: 16})
beforeAll(async () => {
  w = await world()
  session = await w.dashboard()
  workload = await w.workload('sample')
  places = (await describedBy(w.server)).flatMap(placesOf)
})
afterAll(async () => {
  agent.destroy()
  await w?.close()
})

const send = ({surface}: Place, {method, path, headers, body}: Ask) => {
  const whole = {cookie: session.cookie, 'x-csrf-token': session.csrfToken}
  const credential =
    surface === 'dashboard' ? whole : {authorization: `Bearer ${surface === 'cli' ? w.token : workload}`}
  return request(w.server.url, path, w.server.ca, {method, headers: {...credential, ...headers}, body, agent})
}

/** Every answer to this text, wherever one of this kind is taken, by the places that gave it. */
async function answersTo(kind: Place['kind'], text: string, canary: string): Promise<Record<string, string[]>> {
  const answers: Record<string, string[]> = {}
  const asked = places.filter((place) => place.kind === kind)
  await Promise.all(
    asked.map(async (place) => {
      const {status, text: answered, headers, json} = await send(place, place.ask(text))
      const echo = `${answered}${JSON.stringify(headers)}`.includes(canary) ? ', repeated' : ''
      const answer = `${status} ${json?.code}${echo}`
      answers[answer] = [...(answers[answer] ?? []), place.at]
    }),
  )
  return answers
}

const cases = (table: readonly HostileText[]) => table.map(([what, text]) => ({what, text}))

describe('wherever a name is taken, on either surface', () => {
  test('each place that takes a text is known for what it takes', () => {
    expect(places.filter(({kind}) => kind === undefined).map(({at}) => at)).toEqual([])
    expect(places.filter(({kind}) => kind === 'name').length).toBeGreaterThan(150)
  })

  test.each(cases(badNames))('$what is no name', async ({text}) => {
    const canary = newCanary()
    const answers = await answersTo('name', text(canary), canary)
    expect(Object.keys(answers), JSON.stringify(answers)).toEqual(['400 malformed'])
  })

  test.each(['other', 'DEFAULT', 'Default', 'default.', 'admin', 'v1', 'orgs', 'constructor'])(
    'an organization of another name, %s, is one that is not there',
    async (org) => {
      for (const place of places.filter(({at}) => at.endsWith('path org'))) {
        const {status, json} = await send(place, place.ask(org))
        expect(`${place.at}: ${status} ${json.code}`).toBe(`${place.at}: 404 not_found`)
      }
    },
  )
})

test.each(cases(badLines))('wherever a line of text is taken, $what is none', async ({text}) => {
  const canary = newCanary()
  const answers = await answersTo('line', text(canary), canary)
  expect(Object.keys(answers), JSON.stringify(answers)).toEqual(['400 malformed'])
})

test.each(cases(badNames))('the pages that sign in take no link that is $what', async ({text}) => {
  const canary = newCanary()
  const link = inUrl(text(canary))
  const form = {'content-type': 'application/x-www-form-urlencoded'}
  const answers = await Promise.all([
    request(w.server.dashboardUrl, `/dashboard/signin?link=${link}`, w.server.ca, {agent}),
    request(w.server.dashboardUrl, `/dashboard/signin?link=${link}&link=${canary}`, w.server.ca, {agent}),
    request(w.server.dashboardUrl, '/dashboard/signin', w.server.ca, {
      method: 'POST',
      headers: form,
      body: `link=${link}`,
      agent,
    }),
  ])
  for (const {status, text: page, headers} of answers) {
    expect([403, 413]).toContain(status)
    expect(page + JSON.stringify(headers)).not.toContain(canary)
  }
})
