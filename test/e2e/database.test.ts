import type {webcrypto} from 'node:crypto'
import {chownSync, mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {type KeyAndCertificate, makeAuthority, makeLeaf} from '../../src/server/tls/certificates.ts'
import {leaksIn, newCanary} from '../world/canary.ts'
import {type Cluster, NOBODY, postgresCluster, query} from '../world/postgres.ts'
import {type Ran, run, tempFolder} from '../world/program.ts'
import {startServer} from '../world/server.ts'

const password = newCanary()
const {path: folder, remove} = tempFolder()
const at = (name: string) => join(folder, name)
let cluster: Cluster

/** Who is let in how; the first line that fits decides. */
const HBA = `
host    all postern  127.0.0.1/32 trust
host    all postern  ::1/128      trust
host    all scram    127.0.0.1/32 scram-sha-256
host    all stranger 127.0.0.1/32 reject
hostssl all tls      all          trust
hostssl all vouched  all          trust clientcert=verify-ca
host    all least    127.0.0.1/32 trust
`

beforeAll(async () => {
  const now = new Date()
  const [authority, other] = [await makeAuthority(now), await makeAuthority(now)]
  const leaf = await makeLeaf(authority, ['127.0.0.1'], now)
  const client = await clientCertificate(authority)
  const files = {
    'ca.crt': authority.cert,
    'other.crt': other.cert,
    'db.crt': leaf.cert,
    'db.key': leaf.key,
    'client.crt': client.cert,
    'client.key': client.key,
    'hba.conf': HBA,
    // One for all that open a store which another folder made.
    'root.key': Buffer.alloc(32, 5).toString('base64'),
  }
  const own = at('server')
  mkdirSync(own)
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(at(name), text, {mode: 0o600})
    writeFileSync(join(own, name), text, {mode: 0o600})
    if (process.getuid?.() === 0) chownSync(join(own, name), NOBODY, NOBODY)
  }
  if (process.getuid?.() === 0) for (const path of [own, folder]) chownSync(path, NOBODY, NOBODY)
  cluster = await postgresCluster({
    settings: [
      'fsync=off',
      'ssl=on',
      `ssl_cert_file=${own}/db.crt`,
      `ssl_key_file=${own}/db.key`,
      `ssl_ca_file=${own}/ca.crt`,
      `hba_file=${own}/hba.conf`,
    ],
  })
  for (const user of ['scram', 'stranger', 'tls', 'vouched', 'least'])
    await query(cluster.url('postgres'), `create role ${user} login password '${password}'`)
  for (const user of ['scram', 'tls', 'vouched'])
    await query(cluster.url('postgres'), `create database ${user} owner ${user}`)
})
afterAll(async () => {
  await cluster?.remove()
  remove()
})

let folders = 0
const newFolder = () => {
  folders += 1
  return at(`data-${folders}`)
}
const urlOf = (user: string, database: string, {host = '127.0.0.1', port = cluster.port, tail = ''} = {}) =>
  `postgres://${user}@${host}:${port}/${database}${tail}`

/** A start that is expected to be refused, and has told the password to nobody. */
async function refused(url: string, env: Record<string, string> = {}, more: string[] = []): Promise<Ran> {
  const argv = ['server', 'start', '--data', newFolder(), '--listen', '127.0.0.1:0', ...more]
  const ran = await run(argv, at('home'), {env: {POSTERN_DATABASE_URL: url, ...env}})
  expect(leaksIn(ran.stdout + ran.stderr, password)).toEqual([])
  return ran
}

/** A start that is expected to succeed, and has told the password to nobody. */
async function starts(url: string, env: Record<string, string> = {}): Promise<void> {
  const server = await startServer({
    data: newFolder(),
    home: at('home'),
    args: ['--root-key-file', at('root.key')],
    env: {POSTERN_DATABASE_URL: url, ...env},
  })
  expect(await server.stop()).toBe(0)
  expect(leaksIn(server.output(), password)).toEqual([])
}

const withPassword = (text: string) => cluster.url('scram').replace('postern@', `scram:${text}@`)

describe('a database that does not let the server in', () => {
  test.each<[string, () => string, Record<string, string>, RegExp]>([
    ['for a wrong password', () => withPassword(`${password}-not`), {}, /the password is wrong[\s\S]*PGPASSWORD/],
    [
      'for another wrong password',
      () => urlOf('scram', 'scram'),
      {PGPASSWORD: `${password}-not`},
      /the password is wrong/,
    ],
    ['for no password', () => urlOf('scram', 'scram'), {}, /it asks for a password[\s\S]*PGPASSWORD/],
    ['by its pg_hba.conf', () => urlOf('stranger', 'scram'), {}, /does not let this user in[\s\S]*pg_hba\.conf/],
    ['as nobody that it knows', () => urlOf('nobody', 'scram'), {}, /does not let this user in/],
    ['as it has no such database', () => urlOf('postern', 'nowhere'), {}, /there is no such database[\s\S]*createdb/],
    ['to make tables', () => urlOf('least', 'scram'), {}, /may not make tables there[\s\S]*owner/],
    ['since nobody listens', () => urlOf('postern', 'scram', {port: 1}), {}, /cannot be reached \(ECONNREFUSED\)/],
    [
      'since there is no such host',
      () => urlOf('postern', 'scram', {host: 'nowhere.invalid', tail: '?sslmode=disable'}),
      {},
      /cannot be reached \(E/,
    ],
  ])('%s', async (_, url, env, says) => {
    for (const json of [[], ['--json']]) {
      const {code, stdout, stderr} = await refused(url(), env, json)
      expect([code, stdout + stderr]).toEqual([1, expect.stringMatching(says)])
      expect(stdout + stderr).toContain(new URL(url()).hostname)
    }
  })

  test('since it is starting up, or shutting down', async () => {
    // It refuses new clients as long as an old one is there: SIGTERM waits for those.
    const held = await heldConnection()
    cluster.process()!.kill('SIGTERM')
    await expect
      .poll(() => query(cluster.url('postgres'), 'select 1').catch((error: {code: string}) => error.code))
      .toBe('57P03')
    const {code, stderr} = await refused(urlOf('postern', 'scram'))
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/starting up or shutting down[\s\S]*start the server again/),
    ])
    await held()
    await cluster.stop()
    await cluster.start()
  })

  test('is told its password by the URL, by PGPASSWORD, or by a file', async () => {
    await starts(withPassword(password))
    await starts(urlOf('scram', 'scram'), {PGPASSWORD: password})
    writeFileSync(at('pgpass'), `127.0.0.1:${cluster.port}:scram:scram:${password}\n`, {mode: 0o600})
    await starts(urlOf('scram', 'scram'), {PGPASSFILE: at('pgpass')})
  })

  test('is told no password on the command line', async () => {
    const {code, stderr} = await refused('', {}, ['--database-url', withPassword(password)])
    expect([code, stderr]).toEqual([2, expect.stringContaining('holds a password')])
  })
})

describe('TLS to the database', () => {
  const ca = () => `sslrootcert=${at('ca.crt')}`

  test.each<[string, string, () => string, {host?: string}]>([
    ['verify-full, its name and its authority right', 'tls', () => `sslmode=verify-full&${ca()}`, {}],
    ['verify-ca, its authority right', 'tls', () => `sslmode=verify-ca&${ca()}`, {host: 'localhost'}],
    [
      'a certificate of the client',
      'vouched',
      () => `sslmode=verify-full&${ca()}&sslcert=${at('client.crt')}&sslkey=${at('client.key')}`,
      {},
    ],
  ])('is spoken with %s', async (_, user, settings, where) => {
    await starts(urlOf(user, user, {...where, tail: `?${settings()}`}))
    const [{ssl} = {}] = await query(
      cluster.url('postgres'),
      `select count(*)::int as ssl from pg_stat_activity where usename = '${user}'`,
    )
    expect(ssl).toBe(0)
  })

  test.each<[string, string, () => string, {host?: string}, RegExp]>([
    [
      'with another name',
      'tls',
      () => `sslmode=verify-full&${ca()}`,
      {host: 'localhost'},
      /cannot be reached \(ERR_TLS_CERT_ALTNAME_INVALID\)/,
    ],
    ['of an unknown authority', 'tls', () => 'sslmode=verify-full', {}, /cannot be reached \((SELF_SIGNED|UNABLE_TO)/],
    [
      'of another authority',
      'tls',
      () => `sslmode=verify-full&sslrootcert=${at('other.crt')}`,
      {},
      /cannot be reached \((SELF_SIGNED|UNABLE_TO|CERT)/,
    ],
    [
      'of another authority, its name unasked',
      'tls',
      () => `sslmode=verify-ca&sslrootcert=${at('other.crt')}`,
      {},
      /cannot be reached \((SELF_SIGNED|UNABLE_TO|CERT)/,
    ],
    [
      'that is not asked for, where it takes nothing else',
      'tls',
      () => 'sslmode=disable',
      {},
      /does not let this user in/,
    ],
    [
      'without the client’s, where it asks for one',
      'vouched',
      () => `sslmode=verify-full&${ca()}`,
      {},
      /does not let this user in/,
    ],
  ])('is refused with a certificate %s', async (_, user, settings, where, says) => {
    const {code, stderr} = await refused(urlOf(user, user, {...where, tail: `?${settings()}`}))
    expect([code, stderr]).toEqual([1, expect.stringMatching(says)])
  })
})

async function heldConnection(): Promise<() => Promise<void>> {
  const {default: pg} = await import('pg')
  const client = new pg.Client({connectionString: cluster.url('postgres')})
  await client.connect()
  return () => client.end()
}

/** A certificate that is good for clients alone. */
async function clientCertificate(authority: KeyAndCertificate): Promise<KeyAndCertificate> {
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const algorithm = {name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256'}
  const {subtle} = globalThis.crypto
  const keys = (await subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
  const certificate = await x509.X509CertificateGenerator.create({
    subject: 'CN=vouched',
    issuer: new x509.X509Certificate(authority.cert).subject,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(authority.key), algorithm, false, [
      'sign',
    ]),
    extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
  })
  const key = x509.PemConverter.encode(await subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')
  return {key: `${key}\n`, cert: `${certificate.toString('pem')}\n`}
}
