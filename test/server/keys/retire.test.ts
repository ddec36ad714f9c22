import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import type {KeysState} from '../../../src/contract/routes/keys.ts'
import {decodeEnrolment} from '../../../src/formats/enrolment.ts'
import {readSettings} from '../../../src/server/settings.ts'
import {type RunningServer, start} from '../../../src/server/start.ts'
import {asToken} from '../../world/world.ts'

const MOST = 20

/** What is sealed is counted by a job, each second. */
const POLL = {timeout: 10_000}

let home: string
let data: string
let server: RunningServer
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'postern-retire-'))
  data = join(home, 'data')
  const {settings} = readSettings({data, listen: '127.0.0.1:0'}, {HOME: home})
  server = await start(settings, {log: {write: () => {}}, version: '1.2.3', sealsPerDataKey: MOST})
})
afterEach(async () => {
  await server.stop()
  rmSync(home, {recursive: true})
})

function calls() {
  const at = {url: server.adminUrl, ca: readFileSync(join(data, 'tls/ca.crt'), 'utf8')}
  const {token} = decodeEnrolment(readFileSync(join(data, 'owner-enrolment'), 'utf8'))!
  return {
    set: (key: string, value: string, dryRun = false) =>
      asToken(at, token, 'variablesSet', {
        params: {org: 'default', key},
        query: {scope: 's', ...(dryRun ? {dryRun} : {})},
        body: {value: {encoding: 'utf8', data: value}},
      }),
    get: async (key: string) =>
      (await asToken(at, token, 'variablesGet', {params: {org: 'default', key}, query: {scope: 's'}})).json.value.data,
    keys: async (): Promise<KeysState> => (await asToken(at, token, 'keysShow', {})).json,
    audited: async (operation: string) =>
      (await asToken(at, token, 'auditList', {query: {operation}})).json.entries.map(
        ({canonical}) => JSON.parse(canonical) as object,
      ),
  }
}

test('a data key that has sealed its share is replaced, and what it sealed still opens', async () => {
  const {set, get, keys, audited} = calls()
  const values = Array.from({length: MOST - 1}, (_, index) => [`K${index}`, `value ${index}`] as const)
  for (const [key, value] of values) await set(key, value)
  // What seals nothing, or is undone, does not count.
  await set('K0', 'value 0')
  await set('K0', 'another', true)
  await expect
    .poll(async () => (await keys()).dataKeys, POLL)
    .toMatchObject([{id: 1, retiredAt: null, sealed: MOST - 1}])

  await set('LAST', 'last')
  await expect.poll(async () => (await keys()).dataKeys.length, POLL).toBe(2)
  await set('NEXT', 'next')
  await expect.poll(keys, POLL).toMatchObject({
    dataKeys: [
      {id: 1, retiredAt: expect.any(String), sealed: MOST},
      {id: 7, retiredAt: null, sealed: 1},
    ],
    rotation: null,
  })
  for (const [key, value] of [...values, ['LAST', 'last'], ['NEXT', 'next']] as const)
    expect(await get(key)).toBe(value)
  expect(await audited('keys.retire')).toMatchObject([
    {actor: {kind: 'server'}, surface: 'server', outcome: 'done', target: {kind: 'data-key', name: '1'}},
  ])
})
