import {createHash, generateKeyPairSync, type KeyObject, sign} from 'node:crypto'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {type Begun, type Provider, personOf, providerOf} from '../../../src/server/sso/provider.ts'
import {checkSecret, readSso, type SsoSettings} from '../../../src/server/sso/settings.ts'

/** A provider that answers with whatever token a test makes: what no real one does. */
let server: Server
let issuer: string
let provider: Provider
let idToken: (challenge: string) => string
let userinfo: object
/** What a client must send; null: it is a public one. */
let secret: string | null = null
let folder: string
let away = false
let asked = 0
const challenges = new Map<string, string>()
const {privateKey, publicKey} = generateKeyPairSync('rsa', {modulusLength: 2048})
const other = generateKeyPairSync('rsa', {modulusLength: 2048}).privateKey
const CALLBACK = 'https://postern.example/dashboard/sso/callback'

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-sso-'))
  server = createServer((request, reply) => {
    const send = (body: object, status = 200) =>
      reply.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(body))
    const {pathname} = new URL(request.url!, issuer)
    let text = ''
    request.on('data', (part) => {
      text += part
    })
    request.on('end', () => {
      if (pathname === '/.well-known/openid-configuration') {
        asked += 1
        if (away) return send({}, 503)
        return send({
          issuer,
          authorization_endpoint: `${issuer}/auth`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
          userinfo_endpoint: `${issuer}/userinfo`,
          response_types_supported: ['code'],
          id_token_signing_alg_values_supported: ['RS256'],
          authorization_response_iss_parameter_supported: true,
        })
      }
      if (pathname === '/jwks')
        return send({keys: [{...publicKey.export({format: 'jwk'}), kid: 'one', alg: 'RS256', use: 'sig'}]})
      if (pathname === '/userinfo') return send(userinfo)
      const sent = new URLSearchParams(text)
      if (secret !== null && sent.get('client_secret') !== secret) return send({error: 'invalid_client'}, 401)
      // What PKCE is for (RFC 7636, 4.6).
      const challenge = createHash('sha256')
        .update(sent.get('code_verifier') ?? '')
        .digest('base64url')
      if (!challenges.has(challenge)) return send({error: 'invalid_grant'}, 400)
      return send({access_token: 'an-access-token', token_type: 'Bearer', id_token: idToken(challenge)})
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  provider = providerOf(settings())
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
  return rm(folder, {recursive: true, force: true})
})

const settings = (): SsoSettings => ({
  issuer,
  clientId: 'postern',
  clientSecretFile: null,
  scope: 'openid',
  groupsClaim: 'groups',
  roles: [
    {group: 'platform', role: 'admin'},
    {group: 'everybody', role: 'auditor'},
  ],
})

const part = (body: object) => Buffer.from(JSON.stringify(body)).toString('base64url')
function jwt(claims: object, header: object = {alg: 'RS256', kid: 'one'}, key: KeyObject | null = privateKey): string {
  const text = `${part(header)}.${part(claims)}`
  return `${text}.${key === null ? '' : sign('sha256', Buffer.from(text), key).toString('base64url')}`
}

const seconds = () => Math.floor(Date.now() / 1000)
const claimsFor = (nonce: string) => ({
  iss: issuer,
  aud: 'postern',
  sub: 'alice-1',
  nonce,
  iat: seconds(),
  exp: seconds() + 300,
  preferred_username: 'alice',
  groups: ['everybody', 'platform'],
})
type Claims = ReturnType<typeof claimsFor>

/** Begins, and ends with what a test changes. */
async function signIn(change: {
  token?: (claims: Claims) => string
  answer?: Record<string, string>
  begun?: Partial<Begun>
  at?: Provider
}): Promise<unknown> {
  const at = change.at ?? provider
  const {to, begun} = await at.begin(CALLBACK)
  challenges.set(new URL(to).searchParams.get('code_challenge')!, begun.nonce)
  idToken = (challenge) => (change.token ?? jwt)(claimsFor(challenges.get(challenge)!))
  const answer = new URL(CALLBACK)
  for (const [name, value] of Object.entries({code: 'a-code', state: begun.state, iss: issuer, ...change.answer}))
    answer.searchParams.set(name, value)
  return at.end(answer, {...begun, ...change.begun})
}

test('a browser is sent with state, nonce and the challenge of PKCE; no two are the same', async () => {
  const [one, two] = [await provider.begin(CALLBACK), await provider.begin(CALLBACK)]
  const query = Object.fromEntries(new URL(one.to).searchParams)
  expect(query).toMatchObject({
    client_id: 'postern',
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid',
    state: one.begun.state,
    nonce: one.begun.nonce,
    code_challenge_method: 'S256',
  })
  expect(one.to).not.toContain(one.begun.verifier)
  expect(new Set([...Object.values(one.begun), ...Object.values(two.begun)]).size).toBe(6)
})

test('what holds names the person, and the first group of the settings that they have', async () => {
  expect(await signIn({})).toEqual({
    subject: JSON.stringify([issuer, 'alice-1']),
    called: ['alice', 'alice-1'],
    role: 'admin',
    whyNoRole: expect.any(String),
  })
})

test('groups that the token has not are asked of the provider, for the same subject alone', async () => {
  const without = (claims: Claims) => jwt({...claims, groups: undefined})
  userinfo = {sub: 'alice-1', groups: ['everybody']}
  expect(await signIn({token: without})).toMatchObject({role: 'auditor'})
  userinfo = {sub: 'somebody-else', groups: ['platform']}
  await expect(signIn({token: without})).rejects.toThrow()
})

test.each<[string, Parameters<typeof signIn>[0]]>([
  ['of another issuer', {token: (claims) => jwt({...claims, iss: 'https://evil.example'})}],
  ['for another audience', {token: (claims) => jwt({...claims, aud: 'another'})}],
  ['for several, without saying for whom', {token: (claims) => jwt({...claims, aud: ['another', 'postern']})}],
  ['with another nonce', {token: (claims) => jwt({...claims, nonce: 'x'.repeat(43)})}],
  ['without a nonce', {token: (claims) => jwt({...claims, nonce: undefined})}],
  ['that is over', {token: (claims) => jwt({...claims, iat: seconds() - 900, exp: seconds() - 600})}],
  ['without an end', {token: (claims) => jwt({...claims, exp: undefined})}],
  ['of nobody', {token: (claims) => jwt({...claims, sub: undefined})}],
  ['signed by another key', {token: (claims) => jwt(claims, {alg: 'RS256', kid: 'one'}, other)}],
  [
    'signed by a key that the provider does not name',
    {token: (claims) => jwt(claims, {alg: 'RS256', kid: 'two'}, other)},
  ],
  ['signed by nobody', {token: (claims) => jwt(claims, {alg: 'none'}, null)}],
  ['that is none', {token: () => 'not.a.token'}],
])('a token %s is refused', async (_, change) => {
  await expect(signIn(change)).rejects.toThrow()
})

test.each<[string, Parameters<typeof signIn>[0]]>([
  ['of another state', {answer: {state: 'y'.repeat(43)}}],
  ['of another issuer', {answer: {iss: 'https://evil.example'}}],
  ['that another browser began', {begun: {verifier: 'z'.repeat(43)}}],
  ['with an error', {answer: {error: 'access_denied'}}],
])('an answer %s is refused', async (_, change) => {
  await expect(signIn(change)).rejects.toThrow()
})

test('a provider that calls itself otherwise is refused', async () => {
  const elsewhere = providerOf({...settings(), issuer: `${issuer.replace('127.0.0.1', 'localhost')}`})
  await expect(elsewhere.begin(CALLBACK)).rejects.toThrow()
})

test('a secret that was replaced is read for the sign-in after the one that the provider refused', async () => {
  const file = join(folder, 'replaced')
  await writeFile(file, 'old\n')
  const at = providerOf({...settings(), clientSecretFile: file})
  try {
    secret = 'old'
    expect(await signIn({at})).toMatchObject({role: 'admin'})
    secret = 'new'
    await writeFile(file, 'new\n')
    await expect(signIn({at})).rejects.toMatchObject({error: 'invalid_client', status: 401})
    expect(await signIn({at})).toMatchObject({role: 'admin'})
  } finally {
    secret = null
  }
})

test('a provider that is away is not asked again for five seconds', async () => {
  let clock = 0
  const at = providerOf(settings(), () => clock)
  try {
    asked = 0
    away = true
    await expect(at.begin(CALLBACK)).rejects.toThrow()
    away = false
    clock = 4_999
    await expect(at.begin(CALLBACK)).rejects.toThrow()
    expect(asked).toBe(1)
    clock = 5_000
    await at.begin(CALLBACK)
    expect(asked).toBe(2)
  } finally {
    away = false
  }
})

test('what else fails does not make it ask again what the provider says of itself', async () => {
  const at = providerOf(settings())
  asked = 0
  await expect(signIn({at, begun: {verifier: 'z'.repeat(43)}})).rejects.toMatchObject({error: 'invalid_grant'})
  await signIn({at})
  expect(asked).toBe(1)
})

test.each([
  [{groups: 'platform'}, 'admin'],
  [{groups: ['everybody']}, 'auditor'],
  [{groups: ['platform-admins', 'Platform', ' platform']}, null],
  [{groups: {platform: true}}, null],
  [{}, null],
])('claims %j have the role %s', (claims, role) => {
  expect(personOf({iss: issuer, sub: 'a', ...claims}, settings()).role).toBe(role)
})

test.each<[object, RegExp]>([
  [{}, /sent no claim groups\. Whoever runs it has to add it/],
  [{groups: []}, /the provider named 0 in its claim groups/],
  [{groups: ['a', 'b']}, /the provider named 2 in its claim groups/],
])('who has no role by claims %j is told what to mend', (claims, told) => {
  expect(personOf({iss: issuer, sub: 'a', ...claims}, settings()).whyNoRole).toMatch(told)
})

const given = {
  issuer: 'https://id.example.com',
  clientId: 'postern',
  clientSecretFile: undefined,
  scope: undefined,
  groupsClaim: undefined,
  roles: ['a=b=admin'],
}
test('settings: the role is what follows the last equals sign', () => {
  expect(readSso(given)?.roles).toEqual([{group: 'a=b', role: 'admin'}])
  expect(readSso({...given, issuer: undefined, clientId: undefined, roles: undefined})).toBeNull()
})

test.each([
  ['no issuer', {issuer: undefined}],
  ['no client', {clientId: undefined}],
  ['no role', {roles: []}],
  ['an issuer in clear', {issuer: 'http://id.example.com'}],
  ['an issuer that is no URL', {issuer: 'id.example.com'}],
  ['a scope without openid', {scope: 'profile'}],
  ['a role without a group', {roles: ['=admin']}],
  ['a group without a role', {roles: ['platform']}],
])('settings with %s are refused', (_, change) => {
  expect(() => readSso({...given, ...change})).toThrow()
})

test('the file of the secret is looked at, and the setting is named', async () => {
  const [missing, empty, good] = ['missing', 'empty', 'good'].map((name) => join(folder, name))
  await writeFile(empty!, '\n')
  await writeFile(good!, 'a secret\n')
  const check = (clientSecretFile: string | null) => checkSecret({clientSecretFile})
  await expect(check(missing!)).rejects.toMatchObject({
    name: 'StartError',
    message: `The client’s secret ${missing} cannot be read (ENOENT).`,
    next: expect.stringContaining('--oidc-client-secret-file'),
  })
  await expect(check(empty!)).rejects.toMatchObject({message: `The file ${empty} holds no client’s secret.`})
  await check(good!)
  await check(null)
})
