import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {type TOTP, URI} from 'otpauth'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {contentOf, sqlOn} from '../world/database.ts'
import {onTerminal} from '../world/terminal.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

let w: World
let token: string
beforeAll(async () => {
  w = await world()
  await succeed(w.cli(['environment', 'create', 'app']))
  for (const scope of ['app', 'db']) await succeed(w.cli(['environment', 'bind', 'app', '--scope', scope]))
  token = (await succeed(w.cli(['token', 'create', 'web', '--environment', 'app']))).stdout.trim()
})
afterAll(() => w.close())

const set = (key: string, flags: string[], options: Parameters<World['cli']>[1] = {}, scope = 'app') =>
  w.cli(['secret', 'set', '--scope', scope, key, ...flags], options)
const resolve = () => asToken(w.server, token, 'workloadResolve', {})
const given = async (key: string) => {
  const {status, json} = await resolve()
  expect([status, json]).toEqual([200, expect.anything()])
  const item = json.items.find((one) => one.key === key)!
  return [item.type, Buffer.from(item.value.data, item.value.encoding as 'utf8').toString('utf8')]
}
const drop = (key: string, scope = 'app') => succeed(w.cli(['secret', 'delete', '--scope', scope, key, '--yes']))

describe('fields', () => {
  test('come one by one, from stdin, files and the environment, and are one object for readers', async () => {
    const file = join(w.folder, 'key.pem')
    writeFileSync(file, 'line one\nline two\n')
    const flags = ['--field-stdin', 'password', '--field-file', `key=${file}`, '--field-env', 'username=DB_USER']
    await succeed(set('DB', flags, {stdin: 'hunter2\n', env: {DB_USER: 'app'}}, 'db'))
    expect(await given('DB')).toEqual([
      'fields',
      JSON.stringify({key: 'line one\nline two', password: 'hunter2', username: 'app'}),
    ])
    const {stdout} = await succeed(w.cli(['secret', 'history', '--scope', 'db', 'DB']))
    expect(stdout).toMatch(/\tfields\n$/)
  })

  test('are told from texts by lists and facts, on every surface, which say nothing more of them', async () => {
    await succeed(set('PLAIN', ['--from-stdin'], {stdin: 'x'}, 'mixed'))
    await succeed(set('PAIR', ['--field-env', 'a=A'], {env: {A: 'one'}}, 'mixed'))
    await succeed(w.cli(['secret', 'declare', '--scope', 'mixed', 'LATER']))
    const list = ['secret', 'list', '--scope', 'mixed']
    const {stdout} = await succeed(w.cli(list))
    const rows = stdout.trimEnd().split('\n')
    expect(rows.map((row) => [row.split('\t')[1], row.split('\t')[6]])).toEqual([
      ['LATER', '-'],
      ['PAIR', 'fields'],
      ['PLAIN', 'string'],
    ])
    const {items} = JSON.parse((await succeed(w.cli([...list, '--json']))).stdout)
    expect(items.map(({type}: {type: string}) => type)).toEqual([null, 'fields', 'string'])
    const facts = await succeed(w.cli(['secret', 'describe', '--scope', 'mixed', 'PAIR']))
    expect(facts.stdout).toContain('type\tfields\n')
    const plain = await succeed(w.cli(['secret', 'describe', '--scope', 'mixed', 'PLAIN']))
    expect(plain.stdout).not.toContain('type')
  })

  test('with a template, are asked for on a terminal', async () => {
    const {code} = await onTerminal(['secret', 'set', '--scope', 'app', 'LOGIN', '--template', 'login'], w.home, [
      {at: /username/, type: 'ann\r'},
      {at: /password/, type: 'hunter3\r'},
    ])
    expect(code).toBe(0)
    expect(await given('LOGIN')).toEqual(['fields', '{"password":"hunter3","username":"ann"}'])
    await drop('LOGIN')
  })

  test('a dry run shows the fingerprint of the whole, which a confirmation takes', async () => {
    const flags = ['--field-env', 'a=A', '--field-env', 'b=B']
    const env = {A: 'one', B: 'two'}
    const {stdout} = await succeed(set('PAIR', [...flags, '--dry-run'], {env}))
    const [, sha256] = /sha256=([0-9a-f]{64})/.exec(stdout)!
    await succeed(set('PAIR', [...flags, '--confirm-fingerprint', sha256!], {env}))
    const other = await set('PAIR', [...flags, '--confirm-fingerprint', sha256!], {env: {...env, B: 'three'}})
    expect(other.code).toBe(7)
    expect((await succeed(set('PAIR', ['--field-env', 'b=B', '--field-env', 'a=A', '--seal'], {env}))).stdout).toMatch(
      /^Nothing changed/,
    )
    await drop('PAIR')
  })

  test.each<[string, string[], RegExp]>([
    ['a value in argv', ['--field-stdin', 'password=hunter2'], /takes a field’s name/],
    ['two from stdin', ['--field-stdin', 'a', '--field-stdin', 'b'], /several/],
    ['one twice', ['--field-stdin', 'a', '--field-env', 'a=A'], /given twice/],
    ['a whole beside them', ['--field-env', 'a=A', '--value', 'x'], /--value .* as a whole/],
    ['another kind beside them', ['--field-env', 'a=A', '--totp'], /of one kind/],
    [
      'no terminal to ask on',
      ['--template', 'oauth', '--field-env', 'client_id=A'],
      /no terminal to ask on for client_secret/,
    ],
    ['a variable’s value', ['--field-env', 'a=hunter2 x'], /name of an environment variable/],
  ])('are refused with %s, before anything is read', async (_, flags, said) => {
    const ran = await set('DB', flags, {stdin: 'x', env: {A: 'a'}})
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringMatching(said)])
    expect(ran.stderr).not.toContain('hunter2')
  })
})

describe('a totp', () => {
  const uri = 'otpauth://totp/Example:ann?issuer=Example&secret=JBSWY3DPEHPK3PXP&period=30'

  test('gives its code and not what makes it, to who asks and to workloads', async () => {
    await succeed(set('CODE', ['--totp'], {stdin: uri}))
    const codes = () =>
      [-30_000, 0, 30_000].map((off) => (URI.parse(uri) as TOTP).generate({timestamp: Date.now() + off}))
    const {stdout} = await succeed(w.cli(['secret', 'totp', 'app', 'CODE']))
    expect(codes()).toContain(stdout.trim())
    const [type, code] = await given('CODE')
    expect([type, codes().includes(code!)]).toEqual(['totp', true])
    const reply = JSON.parse((await succeed(w.cli(['secret', 'totp', 'app', 'CODE', '--json']))).stdout)
    expect(reply.remaining).toBeLessThanOrEqual(30)
    const {stdout: log} = await succeed(w.cli(['audit', 'list', '--operation', 'secrets.totp', '--json']))
    expect(JSON.parse(log).entries.at(-1)).toMatchObject({outcome: 'disclosed', target: {name: 'CODE'}})
    await drop('CODE')
  })

  test('takes a secret in base32, as apps show it', async () => {
    await succeed(set('CODE', ['--totp'], {stdin: 'jbsw y3dp ehpk 3pxp\n'}))
    expect((await succeed(w.cli(['secret', 'totp', 'app', 'CODE']))).stdout).toMatch(/^\d{6}\n$/)
    await drop('CODE')
  })

  test.each(['hunter2', 'otpauth://hotp/x?secret=JBSWY3DPEHPK3PXP&counter=1', 'otpauth://totp/x?secret=', 'https://x'])(
    'is not %s',
    async (stdin) => {
      const ran = await set('CODE', ['--totp'], {stdin})
      expect([ran.code, ran.stderr]).toEqual([1, expect.stringMatching(/no otpauth:\/\/totp\/ URI/)])
    },
  )

  test('is what a text is not, and who may not read secrets gets no code', async () => {
    await succeed(set('PLAIN', [], {stdin: uri}))
    expect((await w.cli(['secret', 'totp', 'app', 'PLAIN'])).stderr).toMatch(/no totp: it is a string/)
    const admin = (await succeed(w.cli(['token', 'create', 'an-admin', '--role', 'admin']))).stdout.trim()
    const query = {scope: 'app'}
    expect(
      (await asToken(w.server, admin, 'secretsTotp', {params: {org: 'default', key: 'PLAIN'}, query})).status,
    ).toBe(403)
    await drop('PLAIN')
  })
})

test('a file is its bytes, whatever they are', async () => {
  const bytes = Buffer.from([0, 255, 10, 13, 128, 10])
  const path = join(w.folder, 'blob')
  writeFileSync(path, bytes)
  await succeed(set('BLOB', ['--file', '--from-file', path]))
  const {json} = await resolve()
  expect(json.items.find(({key}) => key === 'BLOB')).toMatchObject({
    type: 'file',
    value: {encoding: 'base64', data: bytes.toString('base64')},
  })
  const mounted = await w.cli(
    ['run', '--environment', 'app', '--only', 'BLOB', '--mount', 'F=BLOB', '--', 'sh', '-c', 'cat "$F" > copy'],
    {cwd: w.folder},
  )
  expect([mounted.code, mounted.stderr]).toEqual([0, ''])
  expect(readFileSync(join(w.folder, 'copy'))).toEqual(bytes)
  const inVariable = await w.cli(['run', '--environment', 'app', '--only', 'BLOB', '--', 'true'])
  expect([inVariable.code, inVariable.stderr]).toEqual([1, expect.stringMatching(/--mount NAME=BLOB/)])
  await drop('BLOB')
})

describe('a reference', () => {
  const refer = (key: string, text: string, scope = 'app') => set(key, ['--reference', text], {}, scope)

  test('is filled for readers, with text around it, fields, codes and the id of a secret', async () => {
    await succeed(refer('DB_URL', 'postgres://${secret.db/DB.username}:${secret.db/DB.password}@db/$${secret.x}'))
    expect(await given('DB_URL')).toEqual(['string', 'postgres://app:hunter2@db/${secret.x}'])
    const {stdout} = await succeed(w.cli(['secret', 'references', '--scope', 'db', 'DB', '--json']))
    const {id, items} = JSON.parse(stdout)
    expect(items).toEqual([
      {scope: 'app', key: 'DB_URL', field: 'password'},
      {scope: 'app', key: 'DB_URL', field: 'username'},
    ])
    await succeed(refer('BY_ID', `\${secret.id:${id}.password}`))
    await succeed(refer('CHAIN', '<${secret.app/BY_ID}>'))
    expect(await given('CHAIN')).toEqual(['string', '<hunter2>'])
  })

  test('names what was read in the audit log, too', async () => {
    await resolve()
    const {stdout} = await succeed(w.cli(['audit', 'list', '--operation', 'environments.resolve', '--json']))
    expect(JSON.parse(stdout).entries.at(-1).names).toContain('secret db DB 1')
  })

  test('is what a text with the same characters is not', async () => {
    await succeed(set('CHANCE', [], {stdin: '${secret.db/DB.password}'}))
    expect(await given('CHANCE')).toEqual(['string', '${secret.db/DB.password}'])
    await drop('CHANCE')
  })

  test('has another etag when what it names has another version', async () => {
    const {json} = await resolve()
    await succeed(
      set('DB', ['--field-env', 'username=U', '--field-env', 'password=P'], {env: {U: 'app', P: 'hunter4'}}, 'db'),
    )
    expect((await resolve()).json.etag).not.toBe(json.etag)
    expect(await given('DB_URL')).toEqual(['string', 'postgres://app:hunter4@db/${secret.x}'])
  })

  test.each<[string, string, number, RegExp]>([
    ['what is not there', '${secret.db/NONE}', 5, /not there.*db\/NONE/],
    ['an id that is not there', '${secret.id:999999}', 5, /id:999999/],
    ['a field of a text', '${secret.app/PLAIN.password}', 1, /no field password: it is a string/],
    ['itself', '${secret.app/ROUND}', 5, /not there/],
    ['what is no reference', 'plain', 1, /no reference/],
    ['one that is not closed', '${secret.db/DB', 1, /not closed/],
  ])('is refused to %s', async (_, text, code, said) => {
    await succeed(set('PLAIN', [], {stdin: 'plain'}))
    const ran = await refer('ROUND', text)
    expect([ran.code, ran.stderr]).toEqual([code, expect.stringMatching(said)])
  })

  test('that would go round when a deleted name comes back is refused', async () => {
    await succeed(set('GONE', [], {stdin: 'gone'}))
    await succeed(refer('BACK', '${secret.app/GONE}'))
    await succeed(w.cli(['secret', 'delete', '--scope', 'app', 'GONE', '--yes']))
    const ran = await refer('GONE', '${secret.app/BACK}')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('app/GONE → app/BACK → app/GONE')])
    await succeed(set('GONE', [], {stdin: 'gone'}))
  })

  test('that would go round is refused, with the way', async () => {
    await succeed(set('ONE', [], {stdin: 'one'}))
    await succeed(refer('TWO', '${secret.app/ONE}'))
    await succeed(refer('THREE', '${secret.app/TWO}'))
    const ran = await refer('ONE', '${secret.app/THREE}')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringMatching(/app\/ONE → app\/THREE → app\/TWO → app\/ONE/)])
    for (const key of ['THREE', 'TWO', 'ONE']) await drop(key)
  })

  test('to what the writer may not read is refused as to what is not there', async () => {
    await succeed(set('HIDDEN', [], {stdin: 'x'}, 'elsewhere'))
    const bound = (
      await succeed(w.cli(['token', 'create', 'bound', '--role', 'owner', '--scope', 'app']))
    ).stdout.trim()
    const writer = (await succeed(w.cli(['token', 'create', 'a-writer', '--role', 'writer']))).stdout.trim()
    const put = (as: string, data: string) =>
      asToken(w.server, as, 'secretsSet', {
        params: {org: 'default', key: 'PROBE'},
        query: {scope: 'app'},
        body: {value: {encoding: 'utf8', data}, type: 'reference'},
      })
    const [there, none] = [await put(bound, '${secret.elsewhere/HIDDEN}'), await put(bound, '${secret.elsewhere/NONE}')]
    expect([there.status, none.status]).toEqual([404, 404])
    expect((await put(writer, '${secret.app/PLAIN}')).status).toBe(403)
    expect((await put(bound, '${secret.app/PLAIN}')).status).toBe(200)
    await drop('PROBE')
  })

  test('to what the reader may not read fails its whole resolve, with the way', async () => {
    await succeed(refer('BEYOND', '${secret.elsewhere/HIDDEN}'))
    const {status, json} = await resolve()
    expect([status, json]).toEqual([
      422,
      expect.objectContaining({
        code: 'unresolvable',
        detail: expect.stringMatching(/^app\/BEYOND → elsewhere\/HIDDEN: /),
      }),
    ])
    expect(JSON.stringify(json)).not.toContain('hunter')
    await drop('BEYOND')
  })

  test('is warned of by delete, rename and purge, and broken ones fail the resolve', async () => {
    await succeed(set('GOES', [], {stdin: 'x'}))
    await succeed(refer('STAYS', '${secret.app/GOES}'))
    const dry = await succeed(w.cli(['secret', 'delete', '--scope', 'app', 'GOES', '--dry-run']))
    expect(dry.stderr).toMatch(/A secret refers to it/)
    expect((await drop('GOES')).stderr).toMatch(/secret references --scope app GOES/)
    expect((await resolve()).json).toMatchObject({
      code: 'unresolvable',
      detail: expect.stringMatching(/app\/STAYS → app\/GOES/),
    })
    const purge = await succeed(w.cli(['secret', 'purge', '--scope', 'app', 'GOES', '--older-than', '0s', '--yes']))
    expect(purge.stderr).toMatch(/1 secret refers to app\/GOES/)
    await drop('STAYS')
    const rename = await succeed(w.cli(['scope', 'rename', 'db', 'database', '--yes']))
    expect(rename.stderr).toMatch(/refer.* to what was there by its name/)
    expect((await resolve()).json).toMatchObject({code: 'unresolvable'})
    await succeed(w.cli(['scope', 'rename', 'database', 'db', '--yes']))
    expect(await given('CHAIN')).toEqual(['string', '<hunter4>'])
  })

  test('goes back with a rollback, and its rows go with a purge of versions', async () => {
    await succeed(set('DB_URL', [], {stdin: 'plain'}))
    await succeed(w.cli(['secret', 'rollback', '--scope', 'app', 'DB_URL', '--to', '1', '--yes']))
    expect((await given('DB_URL'))[1]).toMatch(/^postgres:\/\/app:hunter4@/)
    const rows = () =>
      sqlOn(
        w.server.data,
        "select r.version from value_references r join entries e on e.id = r.entry_id where e.key = 'DB_URL' order by 1",
      )
    expect((await rows()).map((row) => Number(row.version))).toEqual([1, 1, 3, 3])
    await succeed(w.cli(['secret', 'purge', '--scope', 'app', 'DB_URL', '--older-than', '0s', '--versions', '--yes']))
    expect((await rows()).map((row) => Number(row.version))).toEqual([3, 3])
  })

  test('that few values would make many bytes of is refused, and takes no time', async () => {
    await succeed(set('R0', [], {stdin: 'x'.repeat(1000)}))
    for (let n = 1; n <= 6; n += 1) await succeed(refer(`R${n}`, `\${secret.app/R${n - 1}}`.repeat(100)))
    const {json} = await resolve()
    expect(json).toMatchObject({code: 'unresolvable', detail: expect.stringMatching(/more than 1048576 bytes/)})
    for (let n = 6; n >= 0; n -= 1) await drop(`R${n}`)
  })

  test('that many small values would make many bytes of is refused', async () => {
    await succeed(set('BIG', [], {stdin: 'x'.repeat(1_000_000)}))
    for (let n = 0; n < 16; n += 1) await succeed(refer(`COPY_${n}`, '${secret.app/BIG}'))
    const {json} = await resolve()
    expect(json).toMatchObject({code: 'unresolvable', detail: expect.stringMatching(/more than 16777216 bytes/)})
    for (let n = 0; n < 16; n += 1) await drop(`COPY_${n}`)
    expect((await resolve()).status).toBe(200)
    await drop('BIG')
  })
})

test('no type can be changed in the database: what does not open is told', async () => {
  await succeed(set('SWAPPED', [], {stdin: '${secret.db/DB.password}'}))
  await sqlOn(
    w.server.data,
    "update versions set type = 'reference' where entry_id = (select id from entries where key = 'SWAPPED')",
  )
  expect((await resolve()).json).toMatchObject({code: 'damaged'})
  expect(JSON.stringify(await contentOf(w.server.data))).not.toContain('hunter')
})
