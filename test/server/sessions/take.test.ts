import {createHash, randomBytes} from 'node:crypto'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {asServer} from '../../../src/server/gate/as-server.ts'
import type {Services} from '../../../src/server/services.ts'
import {LINK_LIVES} from '../../../src/server/sessions/links.ts'
import {signInPeople} from '../../../src/server/sessions/sso.ts'
import {
  CODE_LIVES,
  deviceCode,
  GRANT,
  GRANT_LIVES,
  isOffered,
  offerSessions,
  takeSessions,
} from '../../../src/server/sessions/take.ts'
import {timedServices} from '../../world/services.ts'

let services: Services
let close: () => Promise<void>
let now: Date
beforeEach(async () => {
  // A second before the times of a code change.
  now = new Date(Math.ceil(Date.parse('2026-03-01T10:00:00.000Z') / CODE_LIVES) * CODE_LIVES - 1000)
  ;({services, close} = await timedServices(() => now))
})
afterEach(() => close())

const later = (ms: number) => {
  now = new Date(now.getTime() + ms)
}
const secret = () => randomBytes(32).toString('base64url')
const person = {subject: 'https://id.example carol', called: ['carol'], role: 'auditor', whyNoRole: ''}
const write = () => asServer(services.context.gate, services.context.keyring, services.context.reader)
const signIn = async (challenge: string) => {
  const {keyring} = services.context
  const input = {...person, challenge}
  const said = {operation: 'sessions.sso', act: signInPeople(keyring), input, target: {kind: 'session'}} as const
  const signedIn = await write()(said)
  return 'link' in signedIn ? signedIn.link : Promise.reject(new Error('no link'))
}
const offer = (grant: string, code: string) =>
  write()({
    operation: 'sessions.offer',
    act: offerSessions(services.context.keyring),
    input: {grant, code},
    target: {kind: 'session'},
  })
const take = (input: {link: string | null; verifier: string}) =>
  write()({operation: 'sessions.take', act: takeSessions(services.context.keyring), input, target: {kind: 'session'}})
const code = (verifier: string) => deviceCode(services.context.keyring, verifier, now.toISOString())
const offered = (verifier: string) => {
  const {reader, keyring} = services.context
  return isOffered(reader, keyring, {link: null, verifier}, now.toISOString())
}

test('a code: whoever allows it lets in the terminal that shows it, once', async () => {
  const verifier = secret()
  await offer(await signIn(GRANT), code(verifier))
  expect(await offered(secret())).toBe(false)
  expect(await take({link: null, verifier})).toMatchObject({session: expect.stringMatching(/^postern_person_/)})
  await expect(take({link: null, verifier})).rejects.toMatchObject({code: 'forbidden'})
})

test('a code: it holds for ten minutes at least, twenty at most, whenever it was made', async () => {
  for (const passed of [CODE_LIVES, 2 * CODE_LIVES - 999]) {
    const verifier = secret()
    const shown = code(verifier)
    later(passed)
    await offer(await signIn(GRANT), shown)
    expect(await offered(verifier)).toBe(passed === CODE_LIVES)
    later(CODE_LIVES - (now.getTime() % CODE_LIVES) - 1000)
  }
})

test('a code that was allowed: for a minute', async () => {
  const verifier = secret()
  await offer(await signIn(GRANT), code(verifier))
  later(LINK_LIVES - 1)
  expect(await offered(verifier)).toBe(true)
  later(1)
  expect(await offered(verifier)).toBe(false)
})

test('a grant: once, and for five minutes', async () => {
  const [early, late] = [await signIn(GRANT), await signIn(GRANT)]
  later(GRANT_LIVES - 1)
  await offer(early, 'BCDFGHJK')
  await expect(offer(early, 'BCDFGHJK')).rejects.toMatchObject({code: 'forbidden'})
  later(1)
  await expect(offer(late, 'BCDFGHJK')).rejects.toMatchObject({code: 'forbidden'})
})

test('a grant is no link, and a link is no grant', async () => {
  const verifier = secret()
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const [grant, link] = [await signIn(GRANT), await signIn(challenge)]
  await expect(take({link: grant, verifier})).rejects.toMatchObject({code: 'forbidden'})
  await expect(offer(link, code(verifier))).rejects.toMatchObject({code: 'forbidden'})
  expect(await take({link, verifier})).toMatchObject({session: expect.any(String)})
})

test('what makes a credential is kept for no repeat', async () => {
  const verifier = secret()
  await offer(await signIn(GRANT), code(verifier))
  await take({link: null, verifier})
  const rows = await services.context.reader.selectFrom('requests').select('reply').execute()
  expect(rows.map(({reply}) => reply)).toEqual(rows.map(() => null))
})
