import {execFileSync, spawnSync} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {existsSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {Agent} from 'node:https'
import {join} from 'node:path'
import {gunzipSync} from 'node:zlib'
import {generateX25519Identity, identityToRecipient} from 'age-encryption'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {routes} from '../../src/contract/routes/index.ts'
import {rootKeyId} from '../../src/server/keyring/wrap.ts'
import {target} from '../world/browser.ts'
import {leaksIn, newCanary} from '../world/canary.ts'
import {contentOf, openDatabase} from '../world/database.ts'
import {finished, homeEnv, start} from '../world/program.ts'
import {request} from '../world/request.ts'
import {type RunningServer, startServer} from '../world/server.ts'
import {storedVersions} from '../world/stored.ts'
import {onTerminal} from '../world/terminal.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

/** A server with a bit of everything, which goes on while its backups are made. */
let w: World
let identity: string
let recipient: string
const canary = newCanary()
beforeAll(async () => {
  w = await world()
  identity = join(w.folder, 'identity.txt')
  const secret = await generateX25519Identity()
  recipient = await identityToRecipient(secret)
  writeFileSync(identity, `# made for a test\n${secret}\n`)
  await succeed(w.cli(['secret', 'set', '--scope', 'production', 'CANARY'], {stdin: canary}))
  await succeed(w.cli(['secret', 'describe', '--scope', 'production', 'CANARY', '--tag', 'team=core']))
  await succeed(w.cli(['variable', 'set', '--scope', 'production', 'REGION'], {stdin: 'eu-west-1'}))
  await succeed(w.cli(['role', 'create', 'deployer', '--permission', 'secrets.write']))
  await succeed(w.cli(['policy', 'lock', '--sensitivity', 'plaintext', '--yes']))
  await succeed(w.cli(['org', 'create', 'acme']))
  await succeed(w.cli(['audit', 'archive', '--before', '0s', '--out', join(w.folder, 'a.jsonl'), '--prune', '--yes']))
  await w.dashboard()
})
afterAll(() => w?.close())

let files = 0
/** A backup of the server, and what the command said. */
async function backup(...flags: string[]): Promise<{file: string; said: Record<string, unknown>}> {
  files += 1
  const file = join(w.folder, `backup-${files}.age`)
  const to = flags.some((flag) => flag === '--passphrase-file') ? [] : ['--recipient', recipient]
  const {stdout} = await succeed(w.cli(['server', 'backup', file, '--data', w.server.data, ...to, '--json', ...flags]))
  return {file, said: JSON.parse(stdout)}
}

let folders = 0
const newFolder = () => {
  folders += 1
  return join(w.folder, `restored-${folders}`)
}

const restore = (file: string, data: string, ...flags: string[]) => {
  const opener = flags.some((flag) => /^--(identity|passphrase-file)$/.test(flag)) ? [] : ['--identity', identity]
  return w.cli(['server', 'restore', file, '--data', data, ...opener, ...flags])
}
const rootKeyFile = () => join(w.server.data, 'root.key')
const withKey = () => ['--root-key-file', rootKeyFile()]

/** What a document shows of a backup's inside. */
const linesIn = (file: string): string[] =>
  gunzipSync(execFileSync('age', ['-d', '-i', identity, file], {maxBuffer: 1e9}))
    .toString('utf8')
    .split('\n')

const hasAge = spawnSync('age', ['--version']).status === 0

const TRANSIENT = ['sessions', 'signin_links', 'requests']
/** The restore's own entries, which program opened the store when, and what Kysely notes of its migrations. */
const GROWN = ['audit', 'audit_heads', 'programs', 'kysely_migration', 'kysely_migration_lock']

describe('a backup that is restored elsewhere', () => {
  test('has every row, opens every value, lets tokens in, and says in each log that it was restored', async () => {
    const before = await contentOf(w.server.data, [...TRANSIENT, ...GROWN])
    const {file, said} = await backup()
    const data = newFolder()
    const {stdout} = await succeed(restore(file, data, ...withKey(), '--json'))
    const restored = JSON.parse(stdout)
    expect(restored).toMatchObject({header: {time: said.time}, rows: said.rows, values: {total: 2, stuck: []}})
    expect(restored.logs).toMatchObject([
      {org: 'default', breaks: []},
      {org: 'acme', breaks: []},
    ])
    expect(await contentOf(data, [...TRANSIENT, ...GROWN])).toEqual(before)
    for (const table of TRANSIENT.slice(0, 2)) expect((await contentOf(data))[table]).toEqual([])
    expect((await contentOf(w.server.data)).sessions).toHaveLength(1)

    const server = await startServer({data, home: w.home, args: withKey()})
    try {
      // Who pinned the old server's authority trusts the new one.
      const pinned = {url: server.url, ca: w.server.ca}
      const {json} = await asToken(pinned, w.token, 'variablesGet', {
        params: {org: 'default', key: 'REGION'},
        query: {scope: 'production'},
      })
      expect(json.value.data).toBe('eu-west-1')
      for (const org of ['default', 'acme']) {
        const database = openDatabase(data)
        const {canonical} = database
          .prepare(
            'select canonical from audit join organizations on id = org_id where name = ? order by sequence desc limit 1',
          )
          .get(org) as {canonical: string}
        database.close()
        if (org === 'default') expect(JSON.parse(canonical).operation).toBe('variables.get')
        const entries = auditOf(data, org).filter(({operation}) => operation === 'server.restore')
        expect(entries).toMatchObject([
          {
            org,
            actor: {kind: 'server'},
            outcome: 'done',
            target: {kind: 'backup', name: said.time},
            reason: expect.stringContaining('what was written since then is not here'),
          },
        ])
      }
    } finally {
      await server.stop()
    }
  })

  test('has what was acknowledged before it began, whole, while 16 clients write', async () => {
    const clients = Array.from({length: 16}, (_, number) => writer(number))
    const running = clients.map((one) => one.write())
    try {
      await until(() => clients.every((one) => one.acknowledged.length > 2))
      const before = clients.map((one) => one.acknowledged.length)
      const {file} = await backup('--with-root-key')
      const during = clients.reduce((sum, one, at) => sum + one.acknowledged.length - before[at]!, 0)
      // The server went on.
      expect(during).toBeGreaterThan(16)
      const data = newFolder()
      await succeed(restore(file, data))
      const stored = new Set((await storedVersions(data)).map(({key, version, value}) => `${key} ${version} ${value}`))
      const missing = clients.flatMap((one, at) => one.acknowledged.slice(0, before[at]).filter((w) => !stored.has(w)))
      expect(missing).toEqual([])
    } finally {
      for (const one of clients) one.stop()
      await Promise.all(running)
    }
  })

  test('numbers go on where they were: that of a row which is gone is not given again', async () => {
    const created = await succeed(w.cli(['org', 'create', 'gone', '--json']))
    expect(created.stdout).toContain('gone')
    await succeed(w.cli(['org', 'delete', 'gone', '--yes']))
    const {file} = await backup()
    const data = newFolder()
    await succeed(restore(file, data, ...withKey()))
    expect((await contentOf(data)).sqlite_sequence).toEqual((await contentOf(w.server.data)).sqlite_sequence)
  })
})

describe('the root key', () => {
  test('is in a backup when it is asked for alone, and then becomes root.key', async () => {
    const {file, said} = await backup('--with-root-key')
    expect(said).toMatchObject({withRootKey: true})
    const data = newFolder()
    await succeed(restore(file, data))
    expect(readFileSync(join(data, 'root.key'), 'utf8')).toBe(readFileSync(rootKeyFile(), 'utf8'))
    expect((statSync(join(data, 'root.key')).mode & 0o777).toString(8)).toBe('600')
    expect((await storedVersions(data)).map(({value}) => value)).toContain(canary)
  })

  test('is named by its id where it is needed, and nothing is left behind', async () => {
    const {file, said} = await backup()
    const id = rootKeyId(Buffer.from(readFileSync(rootKeyFile(), 'utf8'), 'base64'))
    expect(said.rootKeyId).toBe(id)
    const other = join(w.folder, 'other.key')
    writeFileSync(other, Buffer.alloc(32, 9).toString('base64'))
    for (const flags of [[], ['--root-key-file', other]]) {
      const data = newFolder()
      const {code, stderr} = await restore(file, data, ...flags)
      expect([code, stderr]).toEqual([1, expect.stringContaining(`needs the root key with id ${id}`)])
      expect(existsSync(data)).toBe(false)
    }
  })

  test('of a backup is not put in the place of another one', async () => {
    const {file} = await backup('--with-root-key')
    const data = newFolder()
    const first = await startServer({data, home: w.home})
    await first.stop()
    for (const name of readdirSync(data)) if (name.startsWith('postern.db')) execFileSync('rm', [join(data, name)])
    const before = readFileSync(join(data, 'root.key'), 'utf8')
    const {code, stderr} = await restore(file, data)
    expect([code, stderr]).toEqual([1, expect.stringContaining('is another root key')])
    expect(readFileSync(join(data, 'root.key'), 'utf8')).toBe(before)
  })
})

describe('a backup shows', () => {
  test('no value, and no root key that was not asked for, in the file or inside', async () => {
    const {file} = await backup()
    const key = readFileSync(rootKeyFile(), 'utf8').trim()
    const secrets = [canary, 'eu-west-1']
    const inside = hasAge ? linesIn(file).join('\n') : ''
    for (const text of [readFileSync(file), Buffer.from(inside)]) {
      for (const secret of secrets) expect(leaksIn(text, secret)).toEqual([])
      expect(text.includes(key)).toBe(false)
      expect(text.includes(Buffer.from(key, 'base64url'))).toBe(false)
    }
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600')
    expect(readFileSync(file).subarray(0, 21).toString()).toBe('age-encryption.org/v1')
  })

  test('no value in the files of the store that it becomes', async () => {
    const {file} = await backup('--with-root-key')
    const data = newFolder()
    await succeed(restore(file, data))
    expect(readdirSync(data).sort()).toEqual(['lock.db', 'postern.db', 'root.key'])
    for (const secret of [canary, 'eu-west-1'])
      expect(leaksIn(readFileSync(join(data, 'postern.db')), secret)).toEqual([])
  })
})

describe('age', () => {
  test.skipIf(!hasAge)('itself opens a backup, and what it encrypts is taken', async () => {
    const {file, said} = await backup()
    const lines = linesIn(file)
    expect(JSON.parse(lines[0]!)).toMatchObject({postern: 'backup', format: 1, time: said.time})
    expect(lines.at(-1)).toBe('')
    expect(JSON.parse(lines.at(-2)!)).toMatchObject({rows: {organizations: expect.any(Number)}})

    const again = join(w.folder, 'again.age')
    const plain = execFileSync('age', ['-d', '-i', identity, file])
    execFileSync('age', ['-r', recipient, '-o', again], {input: plain})
    const checked = await succeed(
      w.cli(['server', 'backup', '--check', again, '--data', w.server.data, '--identity', identity]),
    )
    expect(checked.stdout).toContain('Every stored value opens')
  })
})

describe('server backup --check', () => {
  const check = (file: string, ...flags: string[]) =>
    w.cli(['server', 'backup', '--check', file, '--identity', identity, '--json', ...flags])

  test('verifies all with the root key at hand, and leaves nothing', async () => {
    const {file, said} = await backup()
    const before = readdirSync(join(w.home, 'tmp'))
    const {stdout} = await succeed(check(file, '--data', w.server.data))
    const total = (await countVersions()) as number
    expect(JSON.parse(stdout)).toMatchObject({rows: said.rows, hasRootKey: false, values: {total, stuck: []}})
    expect(readdirSync(join(w.home, 'tmp'))).toEqual(before)
  })

  test('verifies what it can without', async () => {
    const {file} = await backup()
    const {stdout} = await succeed(check(file, '--data', newFolder()))
    expect(JSON.parse(stdout)).toMatchObject({values: null, logs: [{org: 'default', breaks: []}, {}, {}]})
  })

  test('finds a value that does not open, and an entry that was changed; a restore refuses them, unless it is told', async () => {
    const source = newFolder()
    await succeed(restore((await backup()).file, source, ...withKey()))
    const database = openDatabase(source)
    database.exec(`update versions set sealed = cast(substr(sealed, 1, length(sealed) - 1) || x'00' as blob) where rowid in
      (select versions.rowid from versions join entries on id = entry_id where key = 'REGION')`)
    database.exec("drop trigger audit_no_update; update audit set canonical = replace(canonical, 'acme', 'acne')")
    database.close()
    const file = join(w.folder, 'damaged.age')
    await succeed(w.cli(['server', 'backup', file, '--data', source, '--recipient', recipient]))

    const checked = await check(file, '--data', source, ...withKey())
    expect(checked.code).toBe(1)
    const found = JSON.parse(checked.stdout)
    expect(found.error).toMatchObject({code: 'failed'})
    expect(found.values.stuck).toEqual([
      {org: 'default', kind: 'variable', scope: 'production', key: 'REGION', version: 1},
    ])
    expect(found.logs.flatMap((log: {breaks: {kind: string}[]}) => log.breaks.map(({kind}) => kind))).toContain('hash')

    const data = newFolder()
    const refused = await restore(file, data, ...withKey())
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('does not verify')])
    expect(existsSync(data)).toBe(false)
    await succeed(restore(file, data, ...withKey(), '--keep-damaged'))
    expect(existsSync(join(data, 'postern.db'))).toBe(true)
  })
})

describe('a restore is refused, and changes nothing,', () => {
  test('where a server runs, and where a store is', async () => {
    const {file} = await backup('--with-root-key')
    const running = await restore(file, w.server.data)
    expect([running.code, running.stderr]).toEqual([1, expect.stringContaining('Another server is running')])
    const data = newFolder()
    await succeed(restore(file, data))
    const before = await contentOf(data)
    const again = await restore(file, data)
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('holds a store already')])
    expect(await contentOf(data)).toEqual(before)
  })

  test('with a wrong identity or passphrase, of a file that is none, and of one that was cut', async () => {
    const {file} = await backup('--with-root-key')
    const other = join(w.folder, 'other-identity.txt')
    writeFileSync(other, await generateX25519Identity())
    const phrase = join(w.folder, 'phrase')
    writeFileSync(phrase, 'not the passphrase\n')
    const cut = join(w.folder, 'cut.age')
    writeFileSync(cut, readFileSync(file).subarray(0, -100))
    const rows: [string, string[], string][] = [
      [file, ['--identity', other], 'None of the identities opens this backup'],
      [file, ['--passphrase-file', phrase], 'The passphrase does not open this backup'],
      [identity, [], 'is no backup'],
      [cut, [], 'damaged or cut'],
      [join(w.folder, 'nothing.age'), [], 'cannot be read (ENOENT)'],
    ]
    for (const [from, flags, says] of rows) {
      const data = newFolder()
      const {code, stderr} = await restore(from, data, ...flags)
      expect([code, stderr]).toEqual([1, expect.stringContaining(says)])
      expect(stderr).not.toContain('not the passphrase')
      expect(existsSync(data)).toBe(false)
    }
  })

  test('in a dry run, which says what it would do', async () => {
    const {file} = await backup('--with-root-key')
    const data = newFolder()
    const {stdout} = await succeed(restore(file, data, '--dry-run'))
    expect(stdout).toMatch(/^\[dry-run\] would restore \d+ rows/)
    expect(stdout).toContain('Every stored value opens')
    expect(existsSync(data)).toBe(false)
  })
})

test('a restore that is killed leaves no store, keeps a server from making one, and is done by running it again', async () => {
  // Of more than age decrypts at once.
  await succeed(
    w.cli(['secret', 'set', '--scope', 'production', 'LARGE', '--from-stdin', '--binary'], {
      stdin: randomBytes(300_000),
    }),
  )
  const {file} = await backup('--with-root-key')
  const data = newFolder()
  const bytes = readFileSync(file)
  const child = start(['server', 'restore', '-', '--data', data, '--identity', identity], homeEnv(w.home))
  const ended = finished(child)
  // It never gets the end of the file, so it is killed in the middle.
  child.stdin!.write(bytes.subarray(0, bytes.length - 10))
  await until(() => existsSync(join(data, 'restore.part', 'postern.db')))
  child.kill('SIGKILL')
  await ended
  expect(existsSync(join(data, 'postern.db'))).toBe(false)
  await expect(startServer({data, home: w.home})).rejects.toThrow('A restore into')
  await succeed(restore(file, data))
  expect(readdirSync(data).sort()).toEqual(['lock.db', 'postern.db', 'root.key'])
  await opens(data)
})

test('a restore that is killed at any moment leaves no store, or a whole one', async () => {
  const {file, said} = await backup('--with-root-key')
  const data = newFolder()
  for (let round = 0; round < 8; round++) {
    const child = start(['server', 'restore', file, '--data', data, '--identity', identity], homeEnv(w.home))
    const ended = finished(child)
    const timer = setTimeout(() => child.kill('SIGKILL'), round * 100)
    await ended
    clearTimeout(timer)
    if (existsSync(join(data, 'postern.db'))) break
  }
  if (!existsSync(join(data, 'postern.db'))) await succeed(restore(file, data))
  const counts = Object.entries(contentOf(data)).filter(([table]) => !GROWN.includes(table))
  const all = Object.entries(contentOf(w.server.data)).filter(([table]) => !GROWN.includes(table))
  const those = (content: typeof counts) => content.filter(([table]) => !TRANSIENT.includes(table))
  expect(those(counts)).toEqual(those(all))
  expect(said.withRootKey).toBe(true)
  await opens(data)
})

describe('server backup', () => {
  test('asks for a passphrase twice on a terminal, and takes one from a file', async () => {
    const file = join(w.folder, 'asked.age')
    const steps = [
      {at: /Passphrase of the backup/, type: 'correct horse battery\r'},
      {at: /The same again/, type: 'correct horse battery\r'},
    ]
    const {code, screen} = await onTerminal(['server', 'backup', file, '--data', w.server.data], w.home, steps)
    expect([code, screen]).toEqual([0, expect.stringContaining('Backed up')])
    expect(screen).not.toContain('horse')
    const phrase = join(w.folder, 'right')
    writeFileSync(phrase, 'correct horse battery\n')
    const data = newFolder()
    await succeed(restore(file, data, '--passphrase-file', phrase, ...withKey()))
    await opens(data, withKey())

    const differ = [steps[0]!, {...steps[1]!, type: 'correct horse buttery\r'}]
    const other = await onTerminal(['server', 'backup', `${file}2`, '--data', w.server.data], w.home, differ)
    expect([other.code, existsSync(`${file}2`)]).toEqual([2, false])
  })

  test.each<[string, () => string[], number, RegExp]>([
    ['to nobody', () => ['new.age'], 2, /say to whom/],
    ['to an SSH key', () => ['new.age', '--recipient', 'ssh-ed25519 AAAAC3Nza'], 2, /no age recipient/],
    ['to a recipient that was mistyped', () => ['new.age', '--recipient', `${recipient}x`], 2, /no age recipient/],
    ['over a file', () => ['there.age', '--recipient', recipient], 1, /is there already/],
    ['over a folder', () => ['home', '--recipient', recipient, '--force'], 1, /cannot be written \(EISDIR\)/],
    ['by an identity', () => ['new.age', '--identity', identity], 2, /goes with --check/],
    ['to both', () => ['new.age', '--recipient', recipient, '--passphrase-file', identity], 2, /passphrase-file/],
    ['as JSON into a pipe', () => ['-', '--json', '--recipient', recipient], 2, /stdout is the backup/],
  ])('is refused %s, and writes nothing', async (_, flags, code, says) => {
    writeFileSync(join(w.folder, 'there.age'), 'as it was')
    const before = readdirSync(w.folder)
    const ran = await w.cli(['server', 'backup', '--data', w.server.data, ...flags()], {cwd: w.folder})
    expect([ran.code, ran.stderr + ran.stdout]).toEqual([code, expect.stringMatching(says)])
    expect(ran.stderr).not.toMatch(/AAAAC3Nza|age1[0-9a-z]{8}/)
    expect(readFileSync(join(w.folder, 'there.age'), 'utf8')).toBe('as it was')
    expect(readdirSync(w.folder)).toEqual(before)
  })

  test('writes to a pipe, and over a file when it is told', async () => {
    const {file} = await backup()
    await succeed(w.cli(['server', 'backup', file, '--data', w.server.data, '--recipient', recipient, '--force']))
    const child = start(
      ['server', 'backup', '-', '--data', w.server.data, '--recipient', recipient, '--with-root-key'],
      homeEnv(w.home),
    )
    const parts: Buffer[] = []
    child.stdout!.on('data', (part: Buffer) => parts.push(part))
    await new Promise((done) => child.on('close', done))
    writeFileSync(file, Buffer.concat(parts))
    const data = newFolder()
    await succeed(restore(file, data))
    await opens(data)
  })

  test('says where there is no store, and leaves the one that there is as it was', async () => {
    const none = await w.cli(['server', 'backup', join(w.folder, 'n.age'), '--data', newFolder(), '-r', recipient])
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('There is no store')])
    const before = await contentOf(w.server.data)
    await backup()
    expect(await contentOf(w.server.data)).toEqual(before)
  })
})

/** Starts a server on a folder, shows that the owner's token lets in and the log verifies, and stops it. */
async function opens(data: string, args: string[] = []): Promise<void> {
  const server = await startServer({data, home: w.home, args})
  try {
    expect((await asToken(server, w.token, 'whoami', {})).json).toMatchObject({role: 'owner'})
    const env = {
      ...homeEnv(join(w.folder, 'another home')),
      POSTERN_URL: server.url,
      POSTERN_TOKEN: w.token,
      POSTERN_CA_FILE: join(data, 'tls/ca.crt'),
    }
    expect((await succeed(w.cli(['audit', 'verify'], {env}))).stdout).toMatch(/^Verified: \d+ entries/)
  } finally {
    await server.stop()
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

function auditOf(data: string, org: string): Record<string, unknown>[] {
  const database = openDatabase(data)
  const rows = database
    .prepare('select canonical from audit join organizations on id = org_id where name = ? order by sequence')
    .all(org) as {canonical: string}[]
  database.close()
  return rows.map(({canonical}) => JSON.parse(canonical))
}

function countVersions(): number {
  const database = openDatabase(w.server.data)
  const {n} = database.prepare('select count(*) as n from versions').get() as {n: number}
  database.close()
  return n
}

/** A client that sets one name after another until it is stopped. */
function writer(number: number) {
  const acknowledged: string[] = []
  let going = true
  return {
    acknowledged,
    stop: () => {
      going = false
    },
    async write(): Promise<void> {
      const agent = new Agent({keepAlive: true, maxSockets: 1})
      const server: RunningServer = w.server
      for (let turn = 0; going; turn++) {
        const key = `W${number}_${turn % 5}`
        const value = `value ${number} ${turn}`
        const {method, path} = target('cli', routes.secretsSet, {params: {key}, query: {scope: 'writers'}})
        const {status, json} = await request(server.url, path, server.ca, {
          method,
          agent,
          headers: {authorization: `Bearer ${w.token}`},
          body: {value: {encoding: 'utf8', data: value}},
        })
        expect(status).toBe(200)
        acknowledged.push(`${key} ${json.version} ${value}`)
      }
      agent.destroy()
    },
  }
}
