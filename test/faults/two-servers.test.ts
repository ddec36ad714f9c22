import {symlinkSync} from 'node:fs'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {tempFolder} from '../world/program.ts'
import {startServer} from '../world/server.ts'
import {type Trial, trial} from '../world/trial.ts'

let folder: ReturnType<typeof tempFolder>
let t: Trial | undefined
beforeEach(() => {
  folder = tempFolder()
})
afterEach(async () => {
  await t?.close()
  folder.remove()
})

describe('two on one data folder', () => {
  test('who comes second is refused, by any path; the first goes on, and after kill -9 the next has it at once', async () => {
    t = await trial()
    await t.writers.more(50)
    const {data} = t.server()
    const link = join(folder.path, 'link')
    symlinkSync(data, link)
    for (const argv of [
      ['start', '--data', data, '--listen', '127.0.0.1:0'],
      ['start', '--data', link, '--listen', '127.0.0.1:0'],
      ['recover-owner', '--data', data],
      ['rotate-key', '--root', '--folder', data],
    ]) {
      const ran = await t.world.cli(['server', ...argv])
      expect([ran.code, ran.stderr]).toEqual([
        1,
        expect.stringMatching(/^Error: Another server is running on the data folder .*\nNext: stop that server first/),
      ])
    }
    await t.writers.more(50)
    expect([t.writers.unknown(), t.writers.problems]).toEqual([0, []])
    await t.server().stop('SIGKILL')
    await t.start()
    await t.writers.more(50)
    await t.survived()
  })

  test('of many that start at once on a new one, one starts', async () => {
    const [home, data] = [join(folder.path, 'home'), join(folder.path, 'data')]
    const starts = await Promise.allSettled(Array.from({length: 4}, () => startServer({home, data})))
    const started = starts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    for (const one of started) await one.stop('SIGKILL')
    expect(started).toHaveLength(1)
    for (const one of starts)
      if (one.status === 'rejected')
        expect(String(one.reason)).toContain('Another server is running on the data folder')
    t = await trial({data, args: ['--listen', new URL(started[0]!.url).host]})
    await t.writers.more(50)
    await t.survived()
  })
})
