import {afterEach, beforeEach, expect, test} from 'vitest'
import {newToken} from '../../../src/formats/token.ts'
import {MOST_FAILURES} from '../../../src/server/credentials/failures.ts'
import {tokenActor} from '../../../src/server/credentials/identify.ts'
import {serverActor} from '../../../src/server/credentials/server-actor.ts'
import type {Services} from '../../../src/server/services.ts'
import {timedServices} from '../../world/services.ts'

let services: Services
let close: () => Promise<void>
let now: Date
beforeEach(async () => {
  now = new Date('2026-03-01T10:00:30.000Z')
  ;({services, close} = await timedServices(() => now))
})
afterEach(() => close())

const records = async () => {
  const rows = await services.context.reader.selectFrom('audit').select('canonical').orderBy('sequence').execute()
  return rows.map(({canonical}) => JSON.parse(canonical)).filter(({operation}) => operation === 'server.refused')
}
const fail = (address: string | null, token: string | null = null) => {
  try {
    services.context.failures.count(address, token)
  } catch (error) {
    return (error as {facts: {retryAfter: number}}).facts.retryAfter
  }
  return 0
}

test('a minute without a refusal leaves no record', async () => {
  await services.minutely()
  expect(await records()).toEqual([])
})

test('refusals without a credential become one record a minute, however many', async () => {
  for (let n = 0; n < 500; n += 1) fail(`10.0.0.${n % 3}`)
  await services.minutely()
  await services.minutely()
  expect(await records()).toEqual([
    expect.objectContaining({
      actor: {kind: 'server', id: 'server', name: 'server'},
      surface: 'server',
      outcome: 'refused',
      code: 'unauthenticated',
      reason: '500 requests from 3 addresses',
      address: null,
    }),
  ])
  fail('10.0.0.9')
  await services.minutely()
  expect((await records())[1]).toMatchObject({reason: '1 request from 1 address', address: '10.0.0.9'})
})

test('failures are limited by address and by how the token begins, for the rest of the minute', () => {
  for (let n = 0; n < MOST_FAILURES; n += 1) expect(fail('10.0.0.1')).toBe(0)
  now = new Date('2026-03-01T10:01:00.000Z')
  expect(fail('10.0.0.1')).toBe(30)
  expect(fail('10.0.0.2')).toBe(0)
  now = new Date('2026-03-01T10:01:30.000Z')
  expect(fail('10.0.0.1')).toBe(0)

  const token = (end: string) => `postern_abcdefgh${end.padEnd(41, '0')}`
  for (let n = 0; n < MOST_FAILURES; n += 1) expect(fail(`10.1.0.${n}`, token(String(n)))).toBe(0)
  expect(fail('10.2.0.1', token('x'))).toBe(60)
  expect(fail('10.2.0.1', 'postern_ijklmnop')).toBe(0)
})

test.each([
  ['an IPv4 address', '192.0.2.1', '192.0.2.1', true],
  ['another IPv4 address', '192.0.2.1', '192.0.2.2', false],
  ['an IPv4 address as an IPv6 listener sees it', '192.0.2.1', '::ffff:192.0.2.1', true],
  ['an IPv6 address of the same /64', '2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
  ['an IPv6 address of another /64', '2001:db8:1:2::1', '2001:db8:1:3::1', false],
])('failures of %s count together: %s, %s: %s', (_, first, second, together) => {
  for (let n = 0; n < MOST_FAILURES; n += 1) expect(fail(first)).toBe(0)
  expect(fail(second)).toBe(together ? 60 : 0)
})

test('a token’s last use is kept to the minute', async () => {
  services.context.lastUse.note({tokenId: 1, sessionId: null, surface: 'cli'}, now.toISOString())
  await services.minutely()
  const row = await services.context.reader.selectFrom('tokens').select('last_used_at').executeTakeFirst()
  expect(row).toEqual({last_used_at: '2026-03-01T10:00:00.000Z'})
})

test('reads that are refused to a credential become one record a minute, in its organization', async () => {
  const {gate, findToken, keyring} = services.context
  const token = newToken()
  const row = {org_id: 1, name: 'curious', role: 'auditor', created_at: '', created_by: 'test'}
  await gate.write({
    actor: serverActor({id: 1, name: 'default'}),
    operation: 'server.recover-owner',
    act: async (tx) => {
      await tx.db
        .insertInto('tokens')
        .values({...row, hash: keyring.credentialHash('token', token)})
        .execute()
      return [{reply: null, targets: [{kind: 'token'}], changed: true}]
    },
    requestId: 'made-for-this-test',
    address: null,
    input: null,
    target: {kind: 'token'},
    reached: 'organization',
    digest: Buffer.alloc(0),
    dryRun: false,
    oneTimeReply: false,
  })
  const actor = (await tokenActor(findToken, keyring, `Bearer ${token}`, now.toISOString()))!
  const read = (permission: 'keys.rotate' | 'audit.read') =>
    gate.read({actor, permission, reached: 'organization', address: null}, async () => 'seen')
  for (let n = 0; n < 7; n += 1) await expect(read('keys.rotate')).rejects.toMatchObject({code: 'forbidden'})
  expect(await read('audit.read')).toBe('seen')
  await services.minutely()
  await services.minutely()
  expect(await records()).toEqual([
    expect.objectContaining({
      outcome: 'refused',
      code: 'forbidden',
      target: {kind: 'token', name: 'curious'},
      reason: '7 reads refused within a minute, without entries of their own',
    }),
  ])
})
