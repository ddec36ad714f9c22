import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {type SealingKey, sealForWire} from '../../src/formats/sealed-wire-value.ts'
import {rootKeyId} from '../../src/server/keyring/wrap.ts'
import {sqlOn, stateOf} from '../world/database.ts'
import {copyData, engine} from '../world/engine.ts'
import {startServer} from '../world/server.ts'
import {storedVersions} from '../world/stored.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

let w: World
let given: SealingKey
beforeAll(async () => {
  w = await world()
  given = (await asToken(w.server, w.token, 'sealingKey', {})).json
  await w.server.stop()
})
afterAll(() => w?.close())

let copies = 0
async function copy(): Promise<string> {
  copies += 1
  const to = join(w.folder, `copy-${copies}`)
  await copyData(w.server.data, to)
  return to
}

/** As a store is that an earlier version made. */
async function withoutSealingKey(data: string): Promise<string> {
  await sqlOn(data, "delete from keys where purpose = 'sealing'")
  // Else whoever closes the file next might bring the log into it.
  if (engine === 'sqlite') await sqlOn(data, 'pragma wal_checkpoint(truncate)')
  return data
}

/** The key that a server on the folder gives, after it took a value that was sealed to `to` (by default to that very key). */
async function keyOf(data: string, to?: SealingKey, args: string[] = []): Promise<SealingKey> {
  const server = await startServer({data, home: w.home, args})
  try {
    const key = (await asToken(server, w.token, 'sealingKey', {})).json
    const {keyId, publicKey} = to ?? key
    const name = {org: 'default', kind: 'secret', scope: 'a', key: 'K'} as const
    const sealed = await sealForWire(Buffer.from(publicKey, 'base64'), name, Buffer.from('sealed before'))
    const {json} = await asToken(server, w.token, 'secretsSet', {
      params: {org: 'default', key: 'K'},
      query: {scope: 'a'},
      body: {value: {encoding: 'hpke', keyId, ...sealed}},
    })
    expect(json).toMatchObject({length: 13})
    return key
  } finally {
    await server.stop()
  }
}

describe('the sealing key', () => {
  test('is the same after a start', async () => {
    expect(await keyOf(await copy(), given)).toEqual(given)
  })

  test('is the same under another root key: what was sealed to it before opens', async () => {
    const data = await copy()
    await succeed(w.cli(['server', 'rotate-key', '--root', '--folder', data]))
    expect(await keyOf(data, given)).toEqual(given)
    expect((await storedVersions(data)).map(({value}) => value)).toEqual(['sealed before'])
  })

  test('is made once for a store that was made without', async () => {
    const data = await withoutSealingKey(await copy())
    const made = await keyOf(data)
    expect(made.keyId).not.toBe(given.keyId)
    expect(await keyOf(data, made)).toEqual(made)
    expect(await purposes(data)).toEqual(['audit', 'authority', 'data', 'equality', 'pepper', 'sealing'])
  })

  test('is made under the new root key where a store without it gets another one', async () => {
    const data = await withoutSealingKey(await copy())
    await succeed(w.cli(['server', 'rotate-key', '--root', '--folder', data]))
    const key = await keyOf(data)
    expect(await keyOf(data, key)).toEqual(key)
    const root = rootKeyId(Buffer.from(readFileSync(join(data, 'root.key'), 'utf8'), 'base64'))
    expect(await rootKeysOf(data)).toEqual([root])
  })

  test('is not made under a wrong root key: the start is refused, and the store as it was', async () => {
    const data = await withoutSealingKey(await copy())
    const wrong = join(w.folder, 'wrong.key')
    writeFileSync(wrong, Buffer.alloc(32, 9).toString('base64'))
    const before = await stateOf(data)
    await expect(keyOf(data, undefined, ['--root-key-file', wrong])).rejects.toThrow('needs the root key')
    expect(await stateOf(data)).toBe(before)
  })

  test('is the only key that is made anew: a store that lacks another one is damaged', async () => {
    const data = await copy()
    await sqlOn(data, "delete from keys where purpose = 'pepper'")
    await expect(keyOf(data)).rejects.toThrow('this store has no pepper key')
  })
})

const columnOf = async (data: string, column: 'purpose' | 'root_key_id') => {
  const rows = await sqlOn<{it: unknown}>(data, `select distinct ${column} as it from keys order by 1`)
  return rows.map(({it}) => it)
}
const purposes = (data: string) => columnOf(data, 'purpose')
const rootKeysOf = (data: string) => columnOf(data, 'root_key_id')
