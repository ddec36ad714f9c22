import {createPrivateKey} from 'node:crypto'
import {existsSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {decodeEnrolment} from '../../src/formats/enrolment.ts'
import {openServices} from '../../src/server/services.ts'
import {caFingerprint} from '../../src/server/tls/ca-fingerprint.ts'
import {type KeyAndCertificate, makeAuthority} from '../../src/server/tls/certificates.ts'
import {sqlOn, stateOf} from '../world/database.ts'
import {copyData, engine, openTestStore} from '../world/engine.ts'
import {homeEnv} from '../world/program.ts'
import {startServer} from '../world/server.ts'
import {succeed, type World, world} from '../world/world.ts'

let w: World
/** The data folder of a server that is stopped. */
let original: string
/** Its authority. */
let authority: KeyAndCertificate
beforeAll(async () => {
  w = await world()
  await w.server.stop()
  original = w.server.data
  authority = await withServices(original, async (services) => (await services.authority.load())!)
})
afterAll(() => w?.close())

let copies = 0
async function copy(): Promise<string> {
  copies += 1
  const to = join(w.folder, `copy-${copies}`)
  await copyData(original, to)
  return to
}

async function withServices<T>(data: string, work: (services: Awaited<ReturnType<typeof openServices>>) => Promise<T>) {
  const rootKey = Buffer.from(readFileSync(join(data, 'root.key'), 'utf8'), 'base64')
  const services = await openServices({
    store: await openTestStore(data),
    rootKey,
    version: '1.2.3',
    dashboardUrl: () => '',
  })
  return work(services).finally(services.close)
}

/** As an older version left the folder: the authority is in it, and the store has none. */
async function asOlder(data: string): Promise<string> {
  await sqlOn(data, "delete from keys where purpose = 'authority'")
  writeFileSync(join(data, 'tls/ca.key'), authority.key, {mode: 0o600})
  return data
}

const rotate = (data: string, ...more: string[]) =>
  w.cli(['server', 'rotate-key', '--authority', '--folder', data, '--json', ...more])

/** Where the profile's server was, so that a new one is there again. */
const sameAddress = () => ['--listen', new URL(w.server.url).host]

const filesOf = (data: string): Record<string, Buffer> =>
  Object.fromEntries(
    readdirSync(data, {recursive: true, withFileTypes: true})
      .filter((entry) => entry.isFile())
      .map(({parentPath, name}) => [name, readFileSync(join(parentPath, name))]),
  )

/** The forms that a private key may have in a file: its PEM, its bytes, and the number that it is. */
const formsOf = ({key}: KeyAndCertificate): Buffer[] => {
  const parsed = createPrivateKey(key)
  const {d} = parsed.export({format: 'jwk'})
  return [Buffer.from(key.split('\n')[1]!), parsed.export({format: 'der', type: 'pkcs8'}), Buffer.from(d!, 'base64url')]
}
const holding = (data: string, pair: KeyAndCertificate) =>
  Object.entries(filesOf(data)).filter(([, bytes]) => formsOf(pair).some((form) => bytes.includes(form)))

const operationsIn = async (data: string): Promise<string[]> => {
  const rows = await sqlOn<{canonical: string}>(data, 'select canonical from audit order by sequence')
  return rows.map(({canonical}) => JSON.parse(canonical)).map(({operation, outcome}) => `${operation} ${outcome}`)
}

describe('the private authority', () => {
  test('is in no file in the clear: a stolen folder without its root key signs nothing', async () => {
    expect(holding(original, authority)).toEqual([])
    const pems = Object.entries(filesOf(original)).filter(([, bytes]) => bytes.includes('PRIVATE KEY'))
    expect(pems.map(([name]) => name)).toEqual(['leaf.key'])
    // What is looked for is found where it is.
    const older = await asOlder(await copy())
    expect(holding(older, authority).map(([name]) => name)).toEqual(['ca.key'])
  })

  test('is the same for a server that was restored without the folder of its certificates', async () => {
    const data = await copy()
    rmSync(join(data, 'tls'), {recursive: true})
    const {stdout} = await succeed(w.cli(['server', 'recover-owner', '--data', data, '--json']))
    const enrolment = decodeEnrolment(readFileSync(JSON.parse(stdout).enrolmentFile, 'utf8'))
    expect(enrolment?.caFingerprint).toBe(caFingerprint(authority.cert))
    const server = await startServer({data, home: w.home, args: sameAddress()})
    try {
      expect(server.ca).toBe(authority.cert)
      await succeed(w.cli(['whoami']))
    } finally {
      await server.stop()
    }
  })

  test('of an older folder is taken over, and its clients notice nothing', async () => {
    const data = await asOlder(await copy())
    const server = await startServer({data, home: w.home, args: sameAddress()})
    try {
      await succeed(w.cli(['whoami']))
      expect(server.ca).toBe(authority.cert)
    } finally {
      await server.stop()
    }
    expect(existsSync(join(data, 'tls/ca.key'))).toBe(false)
    expect(holding(data, authority)).toEqual([])
    expect(await withServices(data, (services) => services.authority.load())).toEqual(authority)
    expect((await operationsIn(data)).filter((operation) => operation.includes('authority'))).toEqual([
      'server.keep-authority done',
      'server.keep-authority done',
    ])
  })
})

describe('rotating the authority', () => {
  test('makes every client sign in again, and leaves nothing of the old key', async () => {
    const data = await copy()
    const before = await keyBytes(data)
    const {to, caFile} = JSON.parse((await succeed(rotate(data, '--yes'))).stdout)
    expect(caFile).toBe(join(data, 'tls/ca.crt'))
    expect(caFingerprint(readFileSync(caFile, 'utf8'))).toBe(to)
    expect((await operationsIn(data)).at(-1)).toBe('server.rotate-authority done')
    // PostgreSQL keeps what was replaced until it writes over it.
    if (engine === 'sqlite') expect(readFileSync(join(data, 'postern.db')).includes(before)).toBe(false)
    expect(await keyBytes(data)).not.toEqual(before)

    const server = await startServer({data, home: w.home, args: sameAddress()})
    try {
      expect(await w.cli(['whoami'])).toMatchObject({code: 8, stderr: expect.stringContaining('authority')})
      const env = {...homeEnv(join(w.folder, 'new home')), POSTERN_URL: server.url, POSTERN_TOKEN: w.token}
      await succeed(w.cli(['whoami'], {env: {...env, POSTERN_CA_FILE: caFile}}))
      const home = homeEnv(join(w.folder, 'other home'))
      await succeed(w.cli(['login', '--local', data], {env: home}))
    } finally {
      await server.stop()
    }
  })

  test('says in a terminal’s words what clients must do', async () => {
    const data = await copy()
    const {stdout} = await succeed(w.cli(['server', 'rotate-key', '--authority', '--folder', data, '--yes']))
    expect(stdout.includes('PostgreSQL keeps the rows that were replaced')).toBe(engine === 'postgres')
    const to = caFingerprint(readFileSync(join(data, 'tls/ca.crt'), 'utf8'))
    expect(stdout).toContain(`--ca-fingerprint ${to}`)
    expect(stdout).toContain('Every client must sign in again')
    expect(stdout).toContain(join(data, 'tls/ca.crt'))
  })

  test.each<[string, (data: string) => Promise<unknown> | unknown, RegExp]>([
    [
      'has expired',
      (data) =>
        withServices(data, async ({authority: kept}) =>
          kept.replace(await makeAuthority(new Date(Date.now() - 3651 * 86_400_000))),
        ),
      /The authority expired on/,
    ],
    ['was altered', (data) => alterAuthority(data), /does not unwrap: it was altered/],
    [
      'of an older folder is half there',
      async (data) => rmSync(join(await asOlder(data), 'tls/ca.key')),
      /without ca\.key/,
    ],
    [
      'of an older folder is another one’s',
      async (data) => writeFileSync(join(data, 'tls/ca.key'), (await makeAuthority(new Date())).key),
      /another authority/,
    ],
  ])('helps where it %s, after the start was refused', async (_, damage, says) => {
    const data = await copy()
    await damage(data)
    const refused = await w.cli(['server', 'start', '--data', data, '--listen', '127.0.0.1:0'])
    expect(refused).toMatchObject({code: 1, stderr: expect.stringMatching(says)})
    await succeed(rotate(data, '--yes'))
    const server = await startServer({data, home: w.home})
    expect(await server.stop()).toBe(0)
    expect(existsSync(join(data, 'tls/ca.key'))).toBe(false)
  })

  test('is refused without a yes, while a server runs, without a store, with a wrong root key; nothing changes', async () => {
    const data = await copy()
    const [before, state] = [filesOf(data), await stateOf(data)]
    const wrong = join(w.folder, 'wrong.key')
    writeFileSync(wrong, Buffer.alloc(32, 9).toString('base64'))
    const nowhere = join(w.folder, 'nowhere')
    expect(await rotate(data)).toMatchObject({code: 2, stdout: expect.stringContaining('--yes')})
    expect((await rotate(data, '--yes', '--root-key-file', wrong)).stdout).toContain('needs the root key')
    expect((await rotate(data, '--yes', '--new-root-key-file', wrong)).code).toBe(2)
    expect((await rotate(nowhere, '--yes')).stdout).toContain('no store')
    expect(existsSync(nowhere)).toBe(false)
    for (const name of ['ca.crt', 'owner-enrolment']) expect(filesOf(data)[name]).toEqual(before[name])
    expect(await stateOf(data)).toBe(state)
    const server = await startServer({data, home: w.home})
    const refused = await rotate(data, '--yes')
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('Another server is running')])
    expect(server.ca).toBe(authority.cert)
    await server.stop()
  })
})

async function keyBytes(data: string): Promise<Buffer> {
  const [row] = await sqlOn<{wrapped: Uint8Array}>(data, "select wrapped from keys where purpose = 'authority'")
  return Buffer.from(row!.wrapped)
}

async function alterAuthority(data: string): Promise<void> {
  const {length} = await keyBytes(data)
  await sqlOn(data, "update keys set wrapped = ? where purpose = 'authority'", Buffer.alloc(length))
}
