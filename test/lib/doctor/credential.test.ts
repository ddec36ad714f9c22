import {expect, test} from 'vitest'
import {checkToken, checkVersions} from '../../../src/lib/doctor/credential.ts'
import {checkClock} from '../../../src/lib/doctor/server.ts'

test.each([
  ['0.1.0', '0.1.0', 'ok', ''],
  ['0.1.0', '0.1.7', 'ok', ''],
  ['0.1.9', '0.2.0', 'warn', 'Install 0.2.0 here.'],
  ['0.10.0', '0.9.0', 'warn', 'Update the server to 0.10.0'],
  ['1.2.0', '1.9.3', 'ok', ''],
  ['1.9.0', '2.0.0', 'warn', 'Install 2.0.0 here.'],
  ['2.0.0-rc.1', '1.4.0', 'warn', 'Update the server to 2.0.0-rc.1'],
  ['1.0.0', 'main', 'warn', 'released'],
])('this %s, the server %s: %s', (own, server, state, next) => {
  const found = checkVersions(own, server)
  expect(found.state).toBe(state)
  expect(found.next ?? '').toContain(next)
})

const who = {
  actor: {kind: 'token', id: 'token:7', name: 'ci'},
  surface: 'cli' as const,
  org: 'acme',
  role: 'writer',
  permissions: [],
  scopes: null,
  cidrs: null,
  expiresAt: null as string | null,
  serverVersion: '0.1.0',
  auditKey: '',
}

test.each([
  [null, 'acme', 'ok', 'does not expire'],
  ['2026-12-24T12:00:00.000Z', 'acme', 'ok', 'in 30 days'],
  ['2026-12-08T12:00:00.000Z', 'acme', 'ok', 'in 14 days'],
  ['2026-12-08T11:59:59.000Z', 'acme', 'warn', 'in 13 days'],
  [null, 'other', 'warn', 'another organization'],
])('a token of acme that expires %s, with org %s: %s', (expiresAt, org, state, says) => {
  const found = checkToken({...who, expiresAt}, org, new Date('2026-11-24T12:00:00Z'))
  expect(found.state).toBe(state)
  expect(found.what).toContain(says)
})

test.each([
  [0, 'ok', 'agree'],
  [30, 'ok', 'agree'],
  [-30, 'ok', 'agree'],
  [31, 'warn', '31 s ahead of'],
  [-95, 'warn', '95 s behind'],
  [null, 'warn', 'does not say'],
])('a clock that is %s s ahead: %s', (ahead, state, says) => {
  const found = checkClock(ahead)
  expect([found.state, found.what]).toEqual([state, expect.stringContaining(says)])
})
