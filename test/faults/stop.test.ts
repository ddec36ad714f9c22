import {expect, test} from 'vitest'
import {trial} from '../world/trial.ts'

test('SIGTERM under load leaves no request without an answer, and no outcome unknown', async () => {
  const t = await trial()
  try {
    for (let round = 0; round < 5; round++) {
      await t.writers.more(20 + round * 30)
      expect(await t.server().stop('SIGTERM')).toBe(0)
      await t.start()
    }
    await t.writers.more(50)
    expect(t.writers.unknown()).toBe(0)
    expect(t.logs()).toContain('"msg":"stopped"')
    await t.survived()
  } finally {
    await t.close()
  }
})
