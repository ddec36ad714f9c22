import {randomUUID} from 'node:crypto'
import {Agent} from 'node:https'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {AuditEntry} from '../../src/contract/routes/audit.ts'
import {routes} from '../../src/contract/routes/index.ts'
import {type ChainPoint, start, verifyChain, verifyHead} from '../../src/formats/audit-chain.ts'
import {target} from '../world/browser.ts'
import {request} from '../world/request.ts'
import {type RunningServer, startServer} from '../world/server.ts'
import {storedVersions} from '../world/stored.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

const ROUNDS = 20
const CLIENTS = 16

let w: World
let server: RunningServer
beforeAll(async () => {
  w = await world()
  server = w.server
})
afterAll(async () => {
  await server?.stop('SIGKILL')
  await w?.close()
})

interface Write {
  kind: 'secret' | 'variable'
  key: string
  value: string
  requestId: string
}
interface Acknowledged extends Write {
  version: number
}

let onAnswer = () => {}

/** Calls `act` at the call of this number. */
const after = (calls: number, act: () => void) => () => {
  calls -= 1
  if (calls === 0) act()
}

/** One client: its writes one after another, each asked again under its request id until it is answered. */
function client(number: number) {
  const acknowledged: Acknowledged[] = []
  let asking: Write | null = null
  return {
    acknowledged,
    /** Writes until the server is gone. */
    async write(): Promise<void> {
      const agent = new Agent({keepAlive: true, maxSockets: 1})
      try {
        for (;;) {
          asking ??= next(number, acknowledged.length)
          const answer = await put(asking, agent)
          if (answer.status === 503) return
          expect(answer.status).toBe(200)
          acknowledged.push({...asking, version: answer.json.version})
          asking = null
          onAnswer()
        }
      } catch (error) {
        if (!['ECONNRESET', 'ECONNREFUSED', 'EPIPE'].includes(String((error as {code?: string}).code))) throw error
      } finally {
        agent.destroy()
      }
    },
  }
}

const next = (number: number, turn: number): Write => ({
  kind: turn % 2 === 0 ? 'secret' : 'variable',
  key: `K${number}_${turn % 7}`,
  value: `value ${number} ${turn} ${'x'.repeat((turn * 37) % 300)}`,
  requestId: randomUUID(),
})

function put({kind, key, value, requestId}: Write, agent?: Agent) {
  const route = kind === 'secret' ? routes.secretsSet : routes.variablesSet
  const {method, path} = target('cli', route, {params: {key}, query: {scope: 'crash'}})
  return request(server.url, path, server.ca, {
    method,
    ...(agent === undefined ? {} : {agent}),
    headers: {authorization: `Bearer ${w.token}`, 'x-request-id': requestId},
    body: {value: {encoding: 'utf8', data: value}},
  })
}

test(`what was acknowledged survives ${ROUNDS} kills among ${CLIENTS} clients`, {timeout: 180_000}, async () => {
  const clients = Array.from({length: CLIENTS}, (_, number) => client(number))
  let last: ChainPoint = start
  const audited: AuditEntry[] = []
  const readAudit = async () => {
    for (;;) {
      const {json} = await asToken(server, w.token, 'auditList', {query: {after: last.sequence, limit: 1000}})
      expect(verifyHead(json.head, json.publicKey)).toBe(true)
      if (json.entries.length === 0) return expect(last).toEqual({sequence: json.head.sequence, hash: json.head.hash})
      const step = verifyChain(json.entries, last)
      expect(step.breaks).toEqual([])
      last = step.last
      audited.push(...json.entries.map((entry) => JSON.parse(entry.canonical) as AuditEntry))
    }
  }

  for (let round = 0; round < ROUNDS; round++) {
    const {process: killed} = server
    onAnswer = after(CLIENTS + ((round * 67) % 200), () => killed.kill('SIGKILL'))
    await Promise.all(clients.map((one) => one.write()))
    await server.stop('SIGKILL')
    server = await startServer({data: w.server.data, home: w.home})
    await readAudit()
  }
  const acknowledged = clients.flatMap((one) => one.acknowledged)
  expect(acknowledged.length).toBeGreaterThanOrEqual(ROUNDS * CLIENTS)

  // A repeated request id answers what it answered, and changes nothing.
  for (const one of clients) {
    const {version, ...repeated} = one.acknowledged.at(-1)!
    expect(await put(repeated)).toMatchObject({status: 200, json: {version, changed: true}})
  }
  const before = last
  await readAudit()
  expect(last).toEqual(before)
  await server.stop()

  const inFlight = (await storedVersions(join(w.folder, 'data'))).map(textOf)
  const stored = new Set(inFlight)
  expect(stored.size).toBe(inFlight.length)
  expect(acknowledged.filter((one) => !stored.has(textOf({...one, scope: 'crash'})))).toEqual([])
  // Beyond them, at most what each client was asking when the last kill came.
  expect(inFlight.length - acknowledged.length).toBeLessThanOrEqual(CLIENTS)
  const done = new Set(audited.filter((entry) => entry.outcome === 'done').map((entry) => entry.requestId))
  expect(acknowledged.filter((one) => !done.has(one.requestId))).toEqual([])
  expect(audited.filter((entry) => entry.target.scope === 'crash')).toHaveLength(inFlight.length)

  server = await startServer({data: w.server.data, home: w.home, args: ['--listen', new URL(w.server.url).host]})
  expect((await succeed(w.cli(['audit', 'verify']))).stdout).toMatch(/^Verified: \d+ entries/)
})

const textOf = ({kind, scope, key, version, value}: {kind: string; scope: string} & Omit<Acknowledged, 'requestId'>) =>
  JSON.stringify([kind, scope, key, version, value])
