import {setTimeout as sleep} from 'node:timers/promises'
import fc from 'fast-check'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {type Trial, trial} from '../world/trial.ts'
import {asToken} from '../world/world.ts'

/** More rounds, other ones: POSTERN_TEST_ROUNDS=200 POSTERN_TEST_SEED=1 npx vitest run test/faults/kill.test.ts */
const ROUNDS = Number(process.env.POSTERN_TEST_ROUNDS ?? 8)
const SEED = Number(process.env.POSTERN_TEST_SEED ?? 20_261_126)
const WRITERS = 16

let t: Trial
beforeAll(async () => {
  t = await trial({writers: WRITERS, hangUp: true})
})
afterAll(() => t?.close())

const kill = () => t.server().stop('SIGKILL')

/** When the server is killed; `chance` is from 0 to 1, and the server runs. */
const moments: Record<string, (chance: number) => Promise<unknown>> = {
  'among commits': async (chance) => {
    await t.writers.more(WRITERS + Math.floor(chance * 150))
    await kill()
  },
  'while it starts': async (chance) => {
    await kill()
    const ended = t
      .start({
        onSpawn: (child) => setTimeout(() => child.kill('SIGKILL'), chance * 500),
      })
      .catch(() => null)
    await (await ended)?.stop('SIGKILL')
  },
  'during a bulk write': async (chance) => {
    const items = Array.from({length: 1000}, (_, n) => ({
      scope: 'bulk',
      key: `K${n}`,
      value: {encoding: 'utf8' as const, data: `${chance} ${n}`},
    }))
    const answered = asToken(t.server(), t.world.token, 'secretsSetMany', {body: {items}}).catch(() => null)
    await sleep(chance * 150)
    await kill()
    await answered
  },
  'while it re-encrypts': async (chance) => {
    await asToken(t.server(), t.world.token, 'keysRotate', {})
    // The job looks once a second.
    await sleep(700 + chance * 600)
    await kill()
  },
  'while it stops': async (chance) => {
    await t.writers.more(WRITERS)
    t.server().process.kill('SIGTERM')
    await sleep(chance * 400)
    await kill()
  },
}

/** One after the other; re-encryption, which takes longest, less often. */
const order = ['among commits', 'during a bulk write', 'while it starts', 'while it stops', 'among commits'] as const
const thousandths = fc.noBias(fc.integer({min: 0, max: 1000}))
const chances = fc.sample(thousandths, {numRuns: ROUNDS, seed: SEED}).map((one) => one / 1000)

test(`${ROUNDS} kills under ${WRITERS} writers lose nothing (seed ${SEED})`, {
  timeout: 60_000 + ROUNDS * 10_000,
}, async () => {
  for (const [round, chance] of chances.entries()) {
    const moment = round % 10 === 5 ? 'while it re-encrypts' : order[round % order.length]!
    try {
      await moments[moment]!(chance)
      await t.start()
      await t.writers.more(WRITERS)
      await t.readAudit()
    } catch (cause) {
      throw new Error(`in round ${round + 1} of ${ROUNDS}, killed ${moment} (${chance}), seed ${SEED}`, {cause})
    }
  }
  const figures = await t.survived()
  expect(figures.doneAtFirst).toBeGreaterThan(0)
  console.info(`${ROUNDS} kills, seed ${SEED}: ${JSON.stringify(figures)}`)
})
