import {X509Certificate} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {type Clock, clockIn} from '../world/clock.ts'
import {tempFolder} from '../world/program.ts'
import {type Trial, trial} from '../world/trial.ts'
import {asToken, succeed} from '../world/world.ts'

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR

let folder: ReturnType<typeof tempFolder>
let clock: Clock
let t: Trial | undefined
beforeEach(() => {
  folder = tempFolder()
  clock = clockIn(join(folder.path, 'clock'))
})
afterEach(async () => {
  await t?.close()
  t = undefined
  folder.remove()
})

describe('a clock that is set', () => {
  test.each([
    ['back by a day, and on again', [-DAY, 0]],
    ['on by a week, and back again', [7 * DAY, 0]],
  ])(
    '%s under load: every write is answered, the chain goes on in its order, and lists page by it',
    async (_, offsets) => {
      t = await trial({env: clock.env})
      await t.writers.more(50)
      for (const offset of offsets) {
        clock.set(offset)
        await t.writers.more(50)
      }
      expect([t.writers.unknown(), t.writers.problems]).toEqual([0, []])
      const {stdout} = await succeed(t.world.cli(['audit', 'list', '--limit', '1000', '--json']))
      const entries = JSON.parse(stdout).entries as {sequence: number; time: string}[]
      const sequences = entries.map(({sequence}) => sequence)
      expect(sequences).toEqual(sequences.map((_, index) => sequences[0]! + index))
      const times = entries.map(({time}) => Date.parse(time))
      expect(times.some((time, index) => index > 0 && time < times[index - 1]! - HOUR)).toBe(true)
      await t.survived()
    },
  )

  test('holds nobody to a limit longer than the limit says', async () => {
    t = await trial({env: clock.env, writers: 1})
    for (const scope of ['a', 'b']) await succeed(t.world.cli(['secret', 'set', '--scope', scope, 'KEY'], {stdin: 'x'}))
    const compare = () => asToken(t!.server(), t!.world.token, 'scopesCompare', {query: {scope: 'a', with: 'b'}})
    const statuses: number[] = []
    for (let call = 0; call < 11; call++) statuses.push((await compare()).status)
    expect(statuses.at(-1)).toBe(429)
    clock.set(-HOUR)
    expect((await compare()).status).toBe(200)
    await t.survived()
  })

  test('ends tokens by what it says: one that has ended is good again for as long as the clock is back', async () => {
    t = await trial({env: clock.env, writers: 1})
    const made = await succeed(t.world.cli(['token', 'create', 'brief', '--role', 'owner', '--expires', '1h']))
    const status = async () => (await asToken(t!.server(), made.stdout.trim(), 'whoami', {})).status
    expect(await status()).toBe(200)
    clock.set(2 * HOUR)
    expect(await status()).toBe(401)
    clock.set(0)
    expect(await status()).toBe(200)
    await t.survived()
  })
})

describe('the server’s own certificate', () => {
  const leaf = () => new X509Certificate(readFileSync(join(t!.world.server.data, 'tls/leaf.crt')))

  /** Starts the server as it was so many days ago, and leaves it running. */
  const startedBefore = async (days: number) => {
    t = await trial({writers: 1})
    await t.writers.more(5)
    await t.writers.stop()
    await t.server().stop()
    clock.set(-days * DAY)
    await t.start({env: clock.env})
    return t
  }

  test('that is about to end is renewed at the start, and no client signs in again', async () => {
    const {server, start, world, survived} = await startedBefore(70)
    const old = leaf()
    await succeed(world.cli(['whoami']))
    await server().stop()
    await start({env: {}})
    expect(leaf().serialNumber).not.toBe(old.serialNumber)
    await succeed(world.cli(['whoami']))
    await survived()
  })

  test('that has ended is refused by clients, who are told what to do; the next start renews it', async () => {
    const {server, start, world, survived} = await startedBefore(100)
    const ran = await world.cli(['whoami'])
    expect([ran.code, ran.stderr]).toEqual([
      8,
      expect.stringMatching(/not trusted: its certificate has expired\. Nothing was sent\.\nNext: restart the server/),
    ])
    const {stdout} = await world.cli(['doctor'])
    expect(stdout).toMatch(/certificate has expired/)
    await server().stop()
    await start({env: {}})
    await succeed(world.cli(['whoami']))
    await survived()
  })
})
