import {createHash} from 'node:crypto'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {asServer} from '../../../src/server/gate/as-server.ts'
import type {Services} from '../../../src/server/services.ts'
import {signInPeople} from '../../../src/server/sessions/sso.ts'
import {timedServices} from '../../world/services.ts'

let services: Services
let close: () => Promise<void>
beforeEach(async () => {
  ;({services, close} = await timedServices(() => new Date('2026-03-01T10:00:00.000Z')))
})
afterEach(() => close())

/** By which name somebody is known who is called so. */
async function nameOf(subject: string, ...called: string[]): Promise<string> {
  const {gate, keyring, reader} = services.context
  const {name} = await asServer(
    gate,
    keyring,
    reader,
  )({
    operation: 'sessions.sso',
    act: signInPeople(keyring),
    input: {subject, called, role: 'auditor', whyNoRole: '', challenge: null},
    target: {kind: 'session'},
  })
  return name
}
const mark = (subject: string, length: number) => createHash('sha256').update(subject).digest('hex').slice(0, length)

test('a person has a name of their own, whatever others call themselves, and keeps it', async () => {
  expect(await nameOf('s1', 'bob')).toBe('bob')
  expect(await nameOf('s2', `bob-${mark('s3', 12)}`)).toBe(`bob-${mark('s3', 12)}`)
  expect(await nameOf('s3', 'bob')).toBe(`bob-${mark('s3', 24)}`)
  expect(await nameOf('s4', 'bob')).toBe(`bob-${mark('s4', 12)}`)
  expect(await nameOf('s5', '@@@', '')).toBe(`person-${mark('s5', 12)}`)
  expect(await nameOf('s1', 'robert')).toBe('bob')
  expect(await nameOf('s6', 'owner')).toBe(`owner-${mark('s6', 12)}`)
  expect(await nameOf('s7', 'x'.repeat(80))).toBe('x'.repeat(63))
  expect(await nameOf('s8', 'x'.repeat(80))).toBe(`${'x'.repeat(50)}-${mark('s8', 12)}`)
})
