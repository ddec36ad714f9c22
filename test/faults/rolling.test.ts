import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {RouteName} from '../../src/contract/routes/index.ts'
import type {Asks} from '../world/browser.ts'
import {databaseUrl} from '../world/engine.ts'
import {query} from '../world/postgres.ts'
import {type Trial, trial} from '../world/trial.ts'
import {asToken} from '../world/world.ts'

let t: Trial
let url: string
beforeAll(async () => {
  url = await databaseUrl('rolling_upgrade')
  t = await trial({writers: 6, database: url})
})
afterAll(() => t?.close())

const at = {params: {org: 'default', key: 'READ'}, query: {scope: 'read'}}
const reads: {[N in RouteName]?: Asks<N>} = {
  whoami: {},
  variablesGet: at,
  variablesHistory: at,
  secretsList: {query: {scope: 'faults'}},
  scopesList: {},
  policyShow: {},
  tokensList: {},
  rolesList: {},
  auditList: {query: {limit: 10}},
  auditSegments: {},
  keysShow: {},
}

/** Reads without end until it is told to stop, and gives every answer that was not what was asked for. */
function readers(count: number) {
  const wrong: string[] = []
  let answered = 0
  let stopped = false
  const read = async (first: number) => {
    const all = Object.entries(reads) as [RouteName, Asks<RouteName>][]
    for (let at = first; !stopped; at++) {
      const [name, input] = all[at % all.length]!
      const {status, text} = await asToken(t.server(), t.world.token, name, input)
      if (status === 200) answered += 1
      else wrong.push(`${name} ${status} ${text}`)
    }
  }
  const running = Array.from({length: count}, (_, index) => read(index * 3))
  return {
    answered: () => answered,
    stop: async () => {
      stopped = true
      await Promise.all(running)
      return wrong
    },
  }
}

test('a server goes on while a newer one changes the schema under it: nobody is refused', {
  timeout: 120_000,
}, async () => {
  await asToken(t.server(), t.world.token, 'variablesSet', {...at, body: {value: {encoding: 'utf8', data: 'x'}}})
  const reading = readers(6)
  const tables = await query<{name: string}>(
    url,
    "select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1",
  )
  for (const round of [1, 2]) {
    // As a migration does, each with other statements prepared and under way, then all in one transaction.
    const changes = tables.map(({name}) => `alter table "${name}" add column later_${round} text`)
    for (const change of round === 1 ? changes : [changes.join('; ')]) {
      for (let tries = 0; ; tries++) {
        const error = await query(url, change).then(
          () => null,
          (failed: unknown) => failed,
        )
        if (error === null) break
        // A deadlock: a migration that is its victim is begun anew, see migrate().
        if ((error as {code?: string}).code !== '40P01' || tries === 10) throw error
      }
      const before = reading.answered()
      await t.writers.more(6)
      while (reading.answered() < before + 20) await sleep(5)
    }
  }
  expect(await reading.stop()).toEqual([])
  await t.writers.stop()
  expect(t.writers.problems).toEqual([])
  const {unknown} = await t.survived()
  expect(unknown).toBe(0)
})
