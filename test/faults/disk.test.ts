import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {engine} from '../world/engine.ts'
import {type Mount, mountSmall} from '../world/mount.ts'
import {run, tempFolder} from '../world/program.ts'
import {request} from '../world/request.ts'
import {type Trial, trial, until} from '../world/trial.ts'
import {asToken} from '../world/world.ts'

let folder: ReturnType<typeof tempFolder>
let disk: Mount
let t: Trial | undefined
beforeEach(async () => {
  folder = tempFolder()
  disk = mountSmall(join(folder.path, 'disk'), 24)
  t = undefined
})
afterEach(async () => {
  await t?.close()
  disk.unmount()
  folder.remove()
})

const startBy = () => run(['server', 'start', '--data', disk.path, '--listen', '127.0.0.1:0'], folder.path)

/** A server that it is done to while it takes writes. */
async function tried(): Promise<Trial> {
  t = await trial({data: disk.path})
  await t.writers.more(50)
  return t
}

/** Of PostgreSQL: test/faults/postgres.test.ts. */
const ofFiles = describe.skipIf(engine !== 'sqlite')

ofFiles('a full disk', () => {
  test('refuses writes, saying so, reads on, and takes writes again once there is room', async () => {
    const t = await tried()
    disk.fill()
    await until('a refusal', () => t.writers.problems.length > 0)
    for (const text of t.writers.problems)
      expect(JSON.parse(text)).toMatchObject({
        code: 'unavailable',
        detail: 'The server’s store is full, and takes no writes now. Nothing was done.',
      })
    expect((await asToken(t.server(), t.world.token, 'variablesList', {query: {scope: 'faults'}})).status).toBe(200)
    const at = {params: {org: 'default', key: 'K0_1'}, query: {scope: 'faults'}}
    expect((await asToken(t.server(), t.world.token, 'variablesGet', at)).status).toBe(503)
    const {status, json} = await request(t.server().url, '/readyz', t.server().ca)
    expect([status, json.detail]).toEqual([503, 'The store takes no writes (full).'])
    const ran = await t.world.cli(['secret', 'set', '--scope', 'cli', 'KEY'], {stdin: 'x'})
    expect([ran.code, ran.stderr]).toEqual([8, expect.stringMatching(/store is full.*\nNext: /)])

    disk.free()
    await t.writers.more(50)
    expect((await request(t.server().url, '/readyz', t.server().ca)).status).toBe(200)
    await t.survived()
  })

  test('keeps what a kill leaves, until there is room to start', async () => {
    const t = await tried()
    disk.fill()
    await until('a refusal', () => t.writers.problems.length > 0)
    await t.server().stop('SIGKILL')
    disk.fill()
    const refused = await startBy()
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/disk is full\.\nNext: make room/)])

    disk.free()
    await t.start()
    await t.writers.more(50)
    await t.survived()
  })

  /** From nothing at all to nearly enough: what a first start makes is more than half a megabyte. */
  test.each([0, 16, 64, 200, 320, 400])(
    'keeps a first start from going on with %i KiB, and the next one goes on from there',
    async (room) => {
      disk.fill(room)
      const refused = await startBy()
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/full\.\nNext: (make|look at).* room/)])
      disk.free()
      await (await tried()).survived()
    },
  )
})

ofFiles('a read-only folder', () => {
  test('keeps the server from starting, and nothing changes', async () => {
    const t = await tried()
    await t.server().stop()
    disk.readOnly(true)
    const refused = await startBy()
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/cannot be written to: the file system is read-only\.\nNext: mount it/),
    ])

    disk.readOnly(false)
    await t.start()
    await t.writers.more(50)
    await t.survived()
  })
})
