import {join} from 'node:path'
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {tempFolder} from '../world/program.ts'
import {startServer} from '../world/server.ts'
import {trial} from '../world/trial.ts'

const ROUNDS = Math.ceil(Number(process.env.POSTERN_TEST_ROUNDS ?? 8) / 2)
const SEED = Number(process.env.POSTERN_TEST_SEED ?? 20_261_126)

/** A first start takes half a second; its schema, keys and certificates come late in it. */
const moments = fc.sample(fc.noBias(fc.integer({min: 100, max: 700})), {numRuns: ROUNDS, seed: SEED})

test(`${ROUNDS} first starts that are killed leave what the next one goes on from (seed ${SEED})`, {
  timeout: 60_000 + ROUNDS * 5000,
}, async () => {
  for (const moment of moments) {
    const folder = tempFolder()
    const options = {home: join(folder.path, 'home'), data: join(folder.path, 'data')}
    const killed = await startServer({
      ...options,
      onSpawn: (child) => setTimeout(() => child.kill('SIGKILL'), moment),
    }).catch(() => null)
    await killed?.stop('SIGKILL')
    const t = await trial({data: options.data, writers: 4})
    try {
      await t.writers.more(4)
      const {acknowledged} = await t.survived()
      expect(acknowledged).toBeGreaterThanOrEqual(4)
    } catch (cause) {
      throw new Error(`killed after ${moment} ms, seed ${SEED}`, {cause})
    } finally {
      await t.close()
      folder.remove()
    }
  }
})
