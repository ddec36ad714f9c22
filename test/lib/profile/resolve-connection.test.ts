import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {PosternError} from '../../../src/client/error.ts'
import {newToken} from '../../../src/formats/token.ts'
import {openProfiles} from '../../../src/lib/profile/profiles.ts'
import {resolveConnection} from '../../../src/lib/profile/resolve-connection.ts'
import {keepToken} from '../../../src/lib/profile/token-store.ts'
import {type Answering, tlsServer} from '../../client/loopback-tls.ts'

const stored = newToken()
const other = newToken()
let home: string
let a: Answering
let b: Answering
let arrived: string[] = []

beforeAll(async () => {
  const open = (name: string) =>
    tlsServer((request, response) => {
      arrived.push(`${name} ${request.headers.authorization}`)
      response.end()
    })
  a = await open('a')
  b = await open('b')
  home = mkdtempSync(join(tmpdir(), 'postern-resolve-'))
  const env = {HOME: home}
  const profiles = openProfiles(env)
  for (const [name, {url, ca}] of Object.entries({one: a, two: b})) {
    await profiles.save(name, {url, ca, org: `org-${name}`, tokenIn: 'file', auditKey: '', heads: {}})
    await keepToken(env, name, url, stored)
  }
  await profiles.use('one')
  await profiles.save('gone', {...profiles.get('one')!})
  mkdirSync(join(home, 'broken/postern'), {recursive: true})
  writeFileSync(join(home, 'broken/postern/profiles.json'), 'no JSON')
  writeFileSync(join(home, 'a.crt'), `# a comment\n${a.ca}`)
  writeFileSync(join(home, 'b.crt'), b.ca)
  writeFileSync(join(home, 'both.crt'), b.ca + a.ca)
  writeFileSync(join(home, 'empty'), '')
  writeFileSync(join(home, 'no.crt'), stored)
  writeFileSync(join(home, 'token'), `${other}\n`)
})
afterAll(async () => {
  await a.close()
  await b.close()
  rmSync(home, {recursive: true})
})

interface Row {
  does: string
  env?: Record<string, string>
  flag?: string
  /** What reached which server; or the code of the refusal, when nothing did. */
  gets: string
  profile?: string | null
  org?: string | null
}

describe('where to go, as whom', () => {
  const fill = (text: string) =>
    text
      .replace('A_URL', a.url)
      .replace('B_URL', b.url)
      .replace('OTHER', other)
      .replace('STORED', stored)
      .replace('DIR', home)
  test.each<Row>([
    {does: 'goes by the profile in use', gets: 'a STORED', profile: 'one', org: 'org-one'},
    {does: 'goes by --profile', flag: 'two', gets: 'b STORED', profile: 'two', org: 'org-two'},
    {does: 'goes by POSTERN_PROFILE', env: {POSTERN_PROFILE: 'two'}, gets: 'b STORED', profile: 'two'},
    {does: 'puts the flag before it', env: {POSTERN_PROFILE: 'two'}, flag: 'one', gets: 'a STORED', profile: 'one'},
    {does: 'knows no such profile', flag: 'three', gets: 'not_found'},
    {does: 'misses the token of a profile', flag: 'gone', gets: 'not_signed_in'},
    {does: 'knows nothing in an empty home', env: {HOME: '/nowhere'}, gets: 'not_signed_in'},
    {
      does: 'takes empty variables for unset',
      env: {POSTERN_URL: '', POSTERN_TOKEN: '', POSTERN_CA_FILE: ''},
      gets: 'a STORED',
    },
    {
      does: 'ignores what Kubernetes sets',
      env: {POSTERN_PORT: 'tcp://10.0.0.1:80', POSTERN_SERVICE_HOST: '10.0.0.1'},
      gets: 'a STORED',
    },

    {does: 'sends a token of the environment instead', env: {POSTERN_TOKEN: 'OTHER'}, gets: 'a OTHER', profile: 'one'},
    {does: 'sends a token of a file instead', env: {POSTERN_TOKEN_FILE: 'DIR/token'}, gets: 'a OTHER', profile: 'one'},
    {
      does: 'puts the token before the file',
      env: {POSTERN_TOKEN: 'STORED', POSTERN_TOKEN_FILE: 'DIR/token'},
      gets: 'a STORED',
    },
    {does: 'refuses a token that could not be sent', env: {POSTERN_TOKEN: 'пароль'}, gets: 'usage'},
    {does: 'refuses two tokens', env: {POSTERN_TOKEN: 'OTHER\nSTORED'}, gets: 'usage'},
    {does: 'refuses an empty token file', env: {POSTERN_TOKEN_FILE: 'DIR/empty'}, gets: 'usage'},
    {does: 'refuses a token file that is not there', env: {POSTERN_TOKEN_FILE: 'DIR/none'}, gets: 'usage'},

    {does: 'takes the profile’s own URL', env: {POSTERN_URL: 'A_URL'}, gets: 'a STORED', profile: 'one'},
    {does: 'keeps a stored token from another URL', env: {POSTERN_URL: 'B_URL'}, gets: 'not_signed_in'},
    {
      does: 'also when that is another profile’s',
      env: {POSTERN_URL: 'B_URL', POSTERN_PROFILE: 'one'},
      gets: 'not_signed_in',
    },
    {does: 'keeps a stored token from another CA', env: {POSTERN_CA_FILE: 'DIR/b.crt'}, gets: 'not_signed_in'},
    {does: 'takes the profile’s own CA', env: {POSTERN_CA_FILE: 'DIR/a.crt'}, gets: 'a STORED'},
    {does: 'takes it among others', env: {POSTERN_CA_FILE: 'DIR/both.crt'}, gets: 'a STORED'},
    {does: 'refuses an empty CA file', env: {POSTERN_CA_FILE: 'DIR/empty'}, gets: 'usage'},
    {does: 'refuses what is no CA', env: {POSTERN_CA_FILE: 'DIR/no.crt'}, gets: 'usage'},
    {does: 'refuses a CA file that is not there', env: {POSTERN_CA_FILE: 'DIR/none'}, gets: 'usage'},

    {
      does: 'needs no profile when the environment says all',
      env: {HOME: '/nowhere', POSTERN_URL: 'B_URL', POSTERN_TOKEN: 'OTHER', POSTERN_CA_FILE: 'DIR/b.crt'},
      gets: 'b OTHER',
      profile: null,
      org: null,
    },
    {
      does: 'nor one that can be read',
      env: {XDG_CONFIG_HOME: 'DIR/broken', POSTERN_URL: 'B_URL', POSTERN_TOKEN: 'OTHER', POSTERN_CA_FILE: 'DIR/b.crt'},
      gets: 'b OTHER',
      profile: null,
    },
    {does: 'says that the settings are broken', env: {XDG_CONFIG_HOME: 'DIR/broken'}, gets: 'failed'},
    {
      does: 'trusts Node’s certificates for another URL',
      env: {POSTERN_URL: 'B_URL', POSTERN_TOKEN: 'OTHER'},
      gets: 'untrusted',
      profile: null,
    },
    {
      does: 'trusts the profile’s CA for its URL',
      env: {POSTERN_URL: 'A_URL', POSTERN_TOKEN: 'OTHER'},
      gets: 'a OTHER',
      profile: 'one',
    },
    {
      does: 'trusts POSTERN_CA_FILE alone',
      env: {POSTERN_URL: 'A_URL', POSTERN_TOKEN: 'OTHER', POSTERN_CA_FILE: 'DIR/b.crt'},
      gets: 'untrusted',
    },
    {
      does: 'does not mix --profile with another URL',
      flag: 'two',
      env: {POSTERN_URL: 'A_URL', POSTERN_TOKEN: 'OTHER'},
      gets: 'not_signed_in',
    },
    {
      does: 'refuses plain http beyond this machine',
      env: {POSTERN_URL: 'http://postern.example', POSTERN_TOKEN: 'OTHER'},
      gets: 'usage',
    },
    {
      does: 'refuses a URL with a password',
      env: {POSTERN_URL: 'https://u:OTHER@postern.example', POSTERN_TOKEN: 'OTHER'},
      gets: 'usage',
    },
    {
      does: 'refuses a URL with a path',
      env: {POSTERN_URL: 'https://postern.example/OTHER', POSTERN_TOKEN: 'OTHER'},
      gets: 'usage',
    },
  ])('$does', async ({env = {}, flag, gets, ...expected}) => {
    arrived = []
    const set = Object.fromEntries(Object.entries({HOME: home, ...env}).map(([name, value]) => [name, fill(value)]))
    const what = await resolveConnection({env: set, profileFlag: flag})
      .then(async ({connection: {fetch, origin, token}, profile, org}) => {
        if ('profile' in expected) expect(profile).toBe(expected.profile)
        if ('org' in expected) expect(org).toBe(expected.org)
        await fetch(origin, {headers: {authorization: `Bearer ${token}`}})
        return arrived.join().replace('Bearer ', '').replace(other, 'OTHER').replace(stored, 'STORED')
      })
      .catch((error: PosternError) => {
        expect(arrived).toEqual([])
        const text = JSON.stringify(error) + error.stack
        for (const secret of [stored, other, 'пароль']) expect(text).not.toContain(secret)
        expect(error.facts?.next).toBeTruthy()
        return error.code
      })
    expect(what).toBe(gets)
  })
})
