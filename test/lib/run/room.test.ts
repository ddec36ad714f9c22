import {spawnSync} from 'node:child_process'
import {describe, expect, test} from 'vitest'
import {checkRoom} from '../../../src/lib/run/room.ts'

const LIMIT = 128 * 1024
const of = (...texts: number[]) => new Map(texts.map((bytes, at) => [`K${at}`, 'x'.repeat(bytes)]))
const fits = (variables: Map<string, string>, argv = ['true']) => checkRoom(argv, variables)
/** What the system itself says. */
const runs = (variables: Map<string, string>) =>
  spawnSync('/bin/true', {env: Object.fromEntries(variables)}).error === undefined

describe.runIf(process.platform === 'linux')('on Linux', () => {
  test('a variable may fill 128 KiB with its name, "=" and NUL, and no byte more', () => {
    const most = of(LIMIT - 'K0='.length - 1)
    expect(() => fits(most)).not.toThrow()
    expect(runs(most)).toBe(true)
    const more = of(LIMIT - 'K0='.length)
    expect(() => fits(more)).toThrow(/K0 is longer/)
    expect(runs(more)).toBe(false)
  })

  test('bytes are counted, not characters', () => {
    expect(() => fits(new Map([['A', 'é'.repeat(LIMIT / 2)]]))).toThrow(/A is longer/)
  })

  test('what is passed here passes there, at the edge of all together', () => {
    for (let bytes = 100_000; bytes > 0; bytes -= 3333) {
      const variables = of(...Array<number>(Math.ceil((2 * 1024 * 1024) / (bytes + 20))).fill(bytes))
      while (true) {
        try {
          fits(variables)
          break
        } catch {
          variables.delete(`K${variables.size - 1}`)
        }
      }
      expect(runs(variables)).toBe(true)
    }
  })

  test('more than there is room for is refused by the largest name, with both numbers', () => {
    const variables = of(...Array<number>(100).fill(100_000)).set('LARGEST', 'x'.repeat(120_000))
    expect(() => fits(variables)).toThrow(
      /fill \d{8} bytes, and this system takes \d{7}; the largest is LARGEST, with 120009/,
    )
    expect(runs(variables)).toBe(false)
  })
})

test('2,000 values of a usual length fit', () => {
  const {filled, room} = fits(of(...Array<number>(2000).fill(100)))
  expect(filled).toBeLessThan(room)
})
