import {describe, expect, test} from 'vitest'
import {together} from '../../../src/server/store/together.ts'

/** A load that notes what it was asked, and answers once it is told to. */
function load() {
  const asked: number[][] = []
  const answers: ((error?: Error) => void)[] = []
  const one = together(
    (asks: number[]) =>
      new Promise<string[]>((resolve, reject) => {
        asked.push(asks)
        answers.push((error) => (error === undefined ? resolve(asks.map((ask) => `answer ${ask}`)) : reject(error)))
      }),
  )
  const laps = () => new Promise((next) => setTimeout(next, 5))
  return {one, asked, answer: (index: number, error?: Error) => answers[index]!(error), laps}
}

describe('together', () => {
  test('asks once for all that came in one lap, and gives each its own answer', async () => {
    const {one, asked, answer, laps} = load()
    const all = Promise.all([one(1), one(2), one(1)])
    await laps()
    expect(asked).toEqual([[1, 2, 1]])
    answer(0)
    expect(await all).toEqual(['answer 1', 'answer 2', 'answer 1'])
  })

  test('does not give to who came later an answer that was under way before', async () => {
    const {one, asked, answer, laps} = load()
    const first = one(1)
    await laps()
    const [second, third] = [one(2), one(3)]
    await laps()
    expect(asked).toEqual([[1]])
    answer(0)
    expect(await first).toBe('answer 1')
    await laps()
    expect(asked).toEqual([[1], [2, 3]])
    answer(1)
    expect(await Promise.all([second, third])).toEqual(['answer 2', 'answer 3'])
  })

  test('fails for those alone whose load failed, and goes on', async () => {
    const {one, answer, laps} = load()
    const failed = one(1)
    const seen = expect(failed).rejects.toThrow('lost')
    await laps()
    const next = one(2)
    answer(0, new Error('lost'))
    await seen
    await laps()
    answer(1)
    expect(await next).toBe('answer 2')
  })
})
