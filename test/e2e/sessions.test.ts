import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {type Session, signIn} from '../world/browser.ts'
import {contentOf, sqlOn} from '../world/database.ts'
import {request} from '../world/request.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w?.close())

/** Signs a browser in as a token. */
const open = async (token = w.token): Promise<Session> => {
  const {json} = await asToken(w.server, token, 'dashboardOpen', {})
  return signIn(json.url, w.server.ca)
}
const isOpen = async (session: Session) => (await session.call('whoami', {})).status === 200
const listed = async (): Promise<{id: string; token: string}[]> =>
  JSON.parse((await succeed(w.cli(['session', 'list', '--json']))).stdout).items
const revoke = (...words: string[]) => w.cli(['session', 'revoke', ...words])
const named = async (name: string, role = 'writer', ...flags: string[]) =>
  (await succeed(w.cli(['token', 'create', name, '--role', role, ...flags]))).stdout.trim()
const lastEntry = async () => {
  const {json} = await asToken(w.server, w.token, 'auditList', {query: {limit: 1}})
  return JSON.parse(json.entries[0]!.canonical)
}

// Nobody is signed in.
beforeEach(async () => {
  for (const {id} of await listed()) await revoke(id)
})

describe('session list', () => {
  test('shows who is signed in, since and until when, and nothing that signs in', async () => {
    const ann = await named('ann')
    await open()
    const session = await open(ann)
    const {stdout} = await succeed(w.cli(['session', 'list']))
    const time = '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z'
    expect(stdout).toMatch(
      new RegExp(
        `^[0-9a-f]{16}\\towner\\tbrowser\\t${time}\\t${time}\\n[0-9a-f]{16}\\tann\\tbrowser\\t${time}\\t${time}\\n$`,
      ),
    )
    expect(session.cookie).not.toContain((await listed())[1]!.id)
  })

  test('pages', async () => {
    for (let count = 0; count < 3; count += 1) await open()
    const page = async (cursor?: string) =>
      (await asToken(w.server, w.token, 'sessionsList', {query: {limit: 2, ...(cursor ? {cursor} : {})}})).json
    const first = await page()
    const second = await page(first.nextCursor!)
    const ids = [...first.items, ...second.items].map(({id}) => id)
    expect([ids.toSorted(), second.nextCursor]).toEqual([(await listed()).map(({id}) => id).sort(), null])
  })

  test('shows nobody who sees no tokens anything, and who is bound to scopes those within', async () => {
    await open()
    await open(await named('bound', 'admin', '--scope', 'staging/**'))
    const seen = await asToken(w.server, await w.tokenOf('admin', 'staging/**'), 'sessionsList', {})
    expect(seen.json.items.map(({token}) => token)).toEqual(['bound'])
    const writer = await asToken(w.server, await w.tokenOf('writer'), 'sessionsList', {})
    expect(writer.json).toMatchObject({code: 'forbidden'})
  })
})

describe('session revoke', () => {
  test('ends one, from its next request on, and leaves the others', async () => {
    const [one, other] = [await open(), await open()]
    const id = (await listed())[0]!.id
    const {stdout} = await succeed(revoke(id))
    expect(stdout).toMatch(new RegExp(`^Signed out ${id} of owner, signed in at `))
    expect([await isOpen(one), await isOpen(other)]).toEqual([false, true])
    expect(await lastEntry()).toMatchObject({
      operation: 'sessions.revoke',
      target: {kind: 'session', name: 'owner'},
      reason: `ended ${id}`,
    })
    expect((await revoke(id)).code).toBe(5)
  })

  test('ends all of a token, with links that were not used; the token stays', async () => {
    const bob = await named('bob')
    const sessions = [await open(bob), await open(bob), await open()]
    const {json: unused} = await asToken(w.server, bob, 'dashboardOpen', {})
    const {stdout} = await succeed(revoke('--token', 'bob'))
    expect(stdout).toMatch(/^(Signed out \w{16} of bob, .*\n){2}Ended 1 link or workload credential of bob\n$/)
    expect(await Promise.all(sessions.map(isOpen))).toEqual([false, false, true])
    await expect(signIn(unused.url, w.server.ca)).rejects.toThrow('403')
    expect((await asToken(w.server, bob, 'whoami', {})).status).toBe(200)
    expect((await succeed(revoke('--token', 'bob'))).stdout).toBe('Nothing changed: bob has no session\n')
  })

  test('says that it ended what no session was, and the log does', async () => {
    const dora = await named('dora')
    await asToken(w.server, dora, 'dashboardOpen', {})
    const {stdout} = await succeed(revoke('--token', 'dora'))
    expect(stdout).toBe('Ended 1 link or workload credential of dora\n')
    const reason = 'ended 1 link or workload credential'
    expect(await lastEntry()).toMatchObject({operation: 'sessions.revoke', outcome: 'done', reason})
  })

  test('with --dry-run ends none', async () => {
    const session = await open()
    const id = (await listed())[0]!.id
    expect((await succeed(revoke(id, '--dry-run'))).stdout).toContain(`[dry-run] would sign out ${id}`)
    expect(await isOpen(session)).toBe(true)
  })

  test('ends none of a token that is wider than who asks', async () => {
    const session = await open()
    const id = (await listed())[0]!.id
    const admin = await w.tokenOf('admin')
    for (const body of [{session: id}, {token: 'owner'}]) {
      const {json} = await asToken(w.server, admin, 'sessionsRevoke', {body})
      expect(json).toMatchObject({code: 'forbidden'})
    }
    expect(await isOpen(session)).toBe(true)
  })

  test('ends those of a token that lives longer, and one’s own', async () => {
    const short = await named('short', 'admin', '--expires', '1h')
    const [own, other] = [await open(short), await open(await named('lasting'))]
    for (const name of ['lasting', 'short']) {
      const {json} = await asToken(w.server, short, 'sessionsRevoke', {body: {token: name}})
      expect(json).toMatchObject({changed: true, items: [{token: name}]})
    }
    expect(await Promise.all([own, other].map(isOpen))).toEqual([false, false])
  })

  test.each([
    ['neither', [], 2],
    ['both', ['0000000000000000', '--token', 'owner'], 2],
    ['what is no session', ['no-such'], 2],
    ['one that is not there', ['0000000000000000'], 5],
    ['a token that is not there', ['--token', 'nobody'], 5],
  ])('of %s is refused', async (_, words, code) => {
    expect((await revoke(...words)).code).toBe(code)
  })
})

describe('signing out', () => {
  const press = (session: Session, body: Record<string, string>, headers: Record<string, string> = {}) =>
    request(new URL(w.server.dashboardUrl).origin, '/dashboard/signout', w.server.ca, {
      method: 'POST',
      headers: {cookie: session.cookie, 'content-type': 'application/x-www-form-urlencoded', ...headers},
      body: new URLSearchParams(body).toString(),
    })

  test('by the button of the page ends the session and takes the cookie away', async () => {
    const session = await open()
    const csrf = session.csrfToken
    const answer = await press(session, {csrf})
    expect([answer.status, String(answer.headers['set-cookie'])]).toEqual([200, expect.stringContaining('Max-Age=0')])
    expect(await isOpen(session)).toBe(false)
    expect(await lastEntry()).toMatchObject({operation: 'sessions.end', actor: {kind: 'session', name: 'owner'}})
    expect((await press(session, {csrf})).status).toBe(200)
  })

  test('takes no permission: whoever is in may go', async () => {
    const session = await open(await named('demoted'))
    // As a person is whose group has another role by now.
    await sqlOn(w.server.data, "update tokens set role = 'auditor' where name = 'demoted'")
    const answer = await press(session, {csrf: session.csrfToken})
    expect([answer.status, String(answer.headers['set-cookie'])]).toEqual([200, expect.stringContaining('Max-Age=0')])
    expect(await isOpen(session)).toBe(false)
    expect(await lastEntry()).toMatchObject({operation: 'sessions.end', outcome: 'done', actor: {name: 'demoted'}})
  })

  test('from an address that the token is not bound to is refused, on a page that says so', async () => {
    const session = await open(await named('moved'))
    await sqlOn(w.server.data, `update tokens set cidrs = '["192.0.2.0/24"]' where name = 'moved'`)
    const answer = await press(session, {csrf: session.csrfToken})
    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([
      403,
      expect.stringContaining('text/html'),
      expect.stringContaining('You are still signed in'),
    ])
    expect((await listed()).map(({token}) => token)).toEqual(['moved'])
  })

  test.each<[string, Record<string, string>, Record<string, string>]>([
    ['without the token of the page', {}, {}],
    ['with another', {csrf: 'x'.repeat(43)}, {}],
    ['from elsewhere', {csrf: 'OWN'}, {origin: 'https://evil.example'}],
    ['from another site', {csrf: 'OWN'}, {'sec-fetch-site': 'cross-site'}],
  ])('%s is refused, and the session stays', async (_, body, headers) => {
    const session = await open()
    const csrf = body.csrf === 'OWN' ? {csrf: session.csrfToken} : body
    const before = (await contentOf(w.server.data)).sessions
    expect((await press(session, csrf, headers)).status).toBe(403)
    expect([await isOpen(session), (await contentOf(w.server.data)).sessions]).toEqual([true, before])
  })
})
