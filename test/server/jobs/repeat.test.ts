import {setTimeout as sleep} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {repeat} from '../../../src/server/jobs/repeat.ts'

test('a job goes on after a failure, never twice at once, until it is stopped', async () => {
  let runs = 0
  let inside = 0
  const failures: unknown[] = []
  const stop = repeat(
    1,
    async () => {
      expect(++inside).toBe(1)
      await sleep(3)
      inside--
      if (++runs === 2) throw new Error('second')
    },
    (error) => failures.push(error),
  )
  while (runs < 4) await sleep(2)
  await stop()
  expect(inside).toBe(0)
  const then = runs
  await sleep(20)
  expect(runs).toBe(then)
  expect(failures).toEqual([new Error('second')])
})
