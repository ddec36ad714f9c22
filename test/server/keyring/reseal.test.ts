import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Place} from '../../../src/formats/sealed-value.ts'
import {type Keyring, newKeys, openKeyring} from '../../../src/server/keyring/keyring.ts'
import {openTestStore} from '../../world/engine.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-keyring-'))
const rootKey = Buffer.alloc(32, 3)
let keyring: Keyring
beforeAll(async () => {
  const store = await openTestStore(folder)
  await store.writer.insertInto('keys').values(newKeys(rootKey, new Date().toISOString())).execute()
  keyring = await openKeyring(store.reader, rootKey)
  await store.close()
})
afterAll(() => rmSync(folder, {recursive: true}))

const from: Place = {org: 'default', kind: 'secret', scope: 'a/b', key: 'K', version: 2}
const value = Buffer.from([0xff, 0, 0x68, 0x69])

describe('resealing', () => {
  test.each<[string, Place]>([
    ['a later version', {...from, version: 7}],
    ['another scope', {...from, scope: 'c'}],
  ])('moves a value to %s: it opens there alone, and counts as equal there', (_, to) => {
    const moved = keyring.reseal(from, keyring.seal(from, value), to)
    expect(keyring.open(to, moved.sealed)).toEqual(value)
    expect(() => keyring.open(from, moved.sealed)).toThrow('does not open')
    expect(moved.equality).toEqual(keyring.equality(to, value))
    expect(moved.length).toBe(value.length)
  })

  test('gives ciphertext and hash, and nothing else', () => {
    const moved = keyring.reseal(from, keyring.seal(from, value), {...from, version: 3})
    expect(Object.keys(moved).sort()).toEqual(['equality', 'length', 'sealed'])
    expect(moved.sealed.includes(value)).toBe(false)
  })

  test('moves nothing that was sealed for another place', () => {
    const sealed = keyring.seal({...from, key: 'OTHER'}, value)
    expect(() => keyring.reseal(from, sealed, {...from, version: 3})).toThrow('does not open')
  })
})
