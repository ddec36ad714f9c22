import {cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import type {AuditEntry} from '../../src/contract/routes/audit.ts'
import {meddle} from '../world/meddle.ts'
import {run} from '../world/program.ts'
import {startServer} from '../world/server.ts'
import {onTerminal} from '../world/terminal.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

let w: World
let stop: () => Promise<unknown>
async function begin(): Promise<void> {
  w = await world()
  stop = w.server.stop
  await set('ONE')
  await set('TWO')
}
async function end(): Promise<void> {
  await stop?.()
  await w?.close()
}

/** Entries: 1 and 2 are the server's own, then one a write. */
const set = (key: string) => succeed(w.cli(['secret', 'set', '--scope', 'production', key], {stdin: key}))
const at = (name: string) => join(w.folder, name)
const soon = () => new Date(Date.now() + 60_000).toISOString()
const archive = (name: string, ...flags: string[]) =>
  w.cli(['audit', 'archive', '--before', soon(), '--out', at(name), ...flags])
const verify = (...flags: string[]) => w.cli(['audit', 'verify', ...flags])
const linesOf = (name: string) => readFileSync(at(name), 'utf8').split('\n').slice(0, -1)
const listed = async (): Promise<AuditEntry[]> =>
  JSON.parse((await succeed(w.cli(['audit', 'list', '--json']))).stdout).entries
const sequences = async () => (await listed()).map(({sequence}) => sequence)
/** The home of another machine that was signed in at this moment, with what it remembers. */
function another(name: string) {
  cpSync(w.home, at(name), {recursive: true})
  return (...argv: string[]) => run(argv, at(name))
}

/** Stops the server, does `sql` to its database once its guards are taken away, and starts it where it was. */
async function meddled(sql: string): Promise<void> {
  await stop()
  const {data, url} = w.server
  await meddle(data, sql)
  stop = (await startServer({data, home: w.home, args: ['--listen', new URL(url).host]})).stop
}

describe('audit archive', () => {
  beforeEach(begin)
  afterEach(end)

  test('writes what verifies alone: with the profile, on a machine without, with the key', async () => {
    const {stdout} = await succeed(archive('a.jsonl'))
    expect(stdout).toBe(`Archived entries 1 to 4 of default in ${at('a.jsonl')}: sealed, and verified in the file.\n`)
    expect((statSync(at('a.jsonl')).mode & 0o777).toString(8)).toBe('600')
    expect(readdirSync(w.folder).filter((name) => name.endsWith('.new'))).toEqual([])
    const {auditKey} = JSON.parse((await succeed(w.cli(['whoami', '--json']))).stdout)
    await stop()

    const here = await succeed(verify('--archive', at('a.jsonl')))
    expect(here.stdout).toMatch(
      /^Verified: entries 1 to 4 of default, .*\nSealed with the key that was pinned at sign-in/,
    )
    const elsewhere = (...argv: string[]) => run(['audit', 'verify', '--archive', at('a.jsonl'), ...argv], at('bare'))
    expect((await succeed(elsewhere())).stdout).toContain(`the archive names itself, ${auditKey}`)
    expect((await succeed(elsewhere('--public-key', auditKey))).stdout).toContain('the key that --public-key names')
    const json = JSON.parse((await succeed(elsewhere('--json'))).stdout)
    expect(json).toMatchObject({
      verified: true,
      keyFrom: 'archive',
      publicKey: auditKey,
      archives: [{org: 'default', first: 1, last: 4, segments: 1}],
    })
    const foreign = 'MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='
    expect(await elsewhere('--public-key', foreign)).toMatchObject({code: 1, stderr: expect.stringContaining('(key)')})
  })

  test('is audited as a seal and a prune, and the log goes on', async () => {
    await succeed(archive('a.jsonl', '--prune', '--yes'))
    await set('THREE')
    const entries = await listed()
    expect(
      entries.map(({sequence, operation, target, outcome}) => [sequence, operation, target.name, outcome]),
    ).toEqual([
      [5, 'audit.seal', '1-4', 'done'],
      [6, 'audit.prune', '1-4', 'done'],
      [7, 'secrets.set', 'THREE', 'done'],
    ])
    const {stdout} = await succeed(verify())
    expect(stdout).toMatch(/^Verified: 3 entries, .*\nIt begins after entry 4: /)
    const {stderr} = await succeed(w.cli(['audit', 'list']))
    expect(stderr).toMatch(/^Entries up to 4, until \d{4}-.*Z, are archived, and no longer here\.\n$/)
    for (const flags of [
      ['--limit', '2'],
      ['--since', soon()],
    ])
      expect((await succeed(w.cli(['audit', 'list', ...flags]))).stderr).toBe('')
  })

  test('again and again gives archives that join', async () => {
    await succeed(archive('a.jsonl', '--prune', '--yes'))
    await set('THREE')
    await succeed(archive('b.jsonl', '--prune', '--yes'))
    const both = await succeed(verify('--archive', at('a.jsonl'), at('b.jsonl')))
    expect(both.stdout).toMatch(/Archive 2 verified: entries 5 to 7 .* It goes on from archive 1, at entry 4\.\n/)
    writeFileSync(at('both.jsonl'), readFileSync(at('a.jsonl'), 'utf8') + readFileSync(at('b.jsonl'), 'utf8'))
    await succeed(verify('--archive', at('both.jsonl')))
    const turned = await verify('--archive', at('b.jsonl'), '--archive', at('a.jsonl'))
    expect(turned).toMatchObject({code: 1, stderr: expect.stringContaining('Archive 2 does not verify: line 1 (gap).')})
    await succeed(verify())
  })

  test('keeps a file that is there, without --force', async () => {
    writeFileSync(at('a.jsonl'), 'mine')
    const refused = await archive('a.jsonl', '--prune', '--yes')
    expect(refused).toMatchObject({code: 1, stderr: expect.stringContaining('--force')})
    expect(readFileSync(at('a.jsonl'), 'utf8')).toBe('mine')
    expect(await sequences()).toEqual([1, 2, 3, 4])
    await succeed(archive('a.jsonl', '--force'))
    await succeed(verify('--archive', at('a.jsonl')))
  })

  test('with --dry-run says what it would do, and does nothing', async () => {
    const {stdout} = await succeed(archive('a.jsonl', '--prune', '--dry-run'))
    expect(stdout).toContain('[dry-run] would archive entries 1 to 4 of default in ')
    expect(existsSync(at('a.jsonl'))).toBe(false)
    expect(await sequences()).toEqual([1, 2, 3, 4])
  })

  test('prunes on a yes alone', async () => {
    expect(await archive('a.jsonl', '--prune')).toMatchObject({code: 2, stderr: expect.stringContaining('--yes')})
    const argv = ['audit', 'archive', '--before', soon(), '--out', at('a.jsonl'), '--prune']
    expect((await onTerminal(argv, w.home, [{at: /remove them/, type: 'n\r'}])).code).toBe(1)
    expect([existsSync(at('a.jsonl')), await sequences()]).toEqual([false, [1, 2, 3, 4]])
    expect((await onTerminal(argv, w.home, [{at: /remove them/, type: 'y\r'}])).code).toBe(0)
    expect(await sequences()).toEqual([5, 6])
  })

  test('goes on after it was interrupted between the seal and the prune', async () => {
    const seal = await asToken(w.server, w.token, 'auditSeal', {body: {last: 2}})
    expect(seal.status).toBe(200)
    await succeed(archive('a.jsonl'))
    await succeed(archive('b.jsonl', '--prune', '--yes'))
    const [a, b] = [linesOf('a.jsonl'), linesOf('b.jsonl')]
    expect(b.slice(0, a.length)).toEqual(a)
    const json = JSON.parse((await succeed(verify('--archive', at('b.jsonl'), '--json'))).stdout)
    expect(json.archives).toMatchObject([{first: 1, segments: 3}])
    await succeed(verify())
  })

  test('is verified as the bytes that it is: no mended UTF-8, no last line without its end, no byte order mark', async () => {
    await succeed(w.cli(['policy', 'lock', '--sensitivity', 'plaintext', '--reason', 'SOC2 \ufffd 14']))
    await succeed(archive('a.jsonl'))
    await succeed(verify('--archive', at('a.jsonl')))
    const bytes = readFileSync(at('a.jsonl'))
    const place = bytes.indexOf('\ufffd')
    const cases: [string, Buffer, string][] = [
      [
        'a byte that decodes to the same',
        Buffer.concat([bytes.subarray(0, place), Buffer.of(0xff), bytes.subarray(place + 3)]),
        'bytes that are no UTF-8',
      ],
      ['half a character at its end', Buffer.concat([bytes, Buffer.of(0xef, 0xbf)]), 'bytes that are no UTF-8'],
      ['no end of its last line', bytes.subarray(0, -1), '(cut)'],
      ['an empty line more', Buffer.concat([bytes, Buffer.from('\n')]), '(form)'],
      ['a byte order mark', Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), bytes]), 'line 1 (form)'],
    ]
    for (const [what, changed, says] of cases) {
      writeFileSync(at('b.jsonl'), changed)
      const {code, stderr} = await verify('--archive', at('b.jsonl'))
      expect({what, code, stderr}).toEqual({what, code: 1, stderr: expect.stringContaining(says)})
    }
  })

  test('leaves what is from after that time, and says when there is nothing', async () => {
    const {time} = (await listed())[1]!
    await succeed(w.cli(['audit', 'archive', '--before', time, '--out', at('a.jsonl'), '--prune', '--yes']))
    expect((await sequences())[0]).toBe(2)
    const none = await w.cli(['audit', 'archive', '--before', time, '--out', at('b.jsonl')])
    expect(none).toMatchObject({code: 5, stderr: expect.stringContaining('nothing to archive')})
    expect(existsSync(at('b.jsonl'))).toBe(false)
  })

  test('seals nothing when the file cannot be written', async () => {
    expect((await archive('no/such/folder/a.jsonl')).code).toBe(1)
    expect((await archive('.', '--force')).code).toBe(1)
    expect(await sequences()).toEqual([1, 2, 3, 4])
  })

  test('names the end of a segment that reaches beyond that time', async () => {
    const {time} = (await listed())[1]!
    await asToken(w.server, w.token, 'auditSeal', {body: {last: 3}})
    const early = await w.cli(['audit', 'archive', '--before', time, '--out', at('b.jsonl'), '--json'])
    const {error} = JSON.parse(early.stdout)
    expect(error).toMatchObject({code: 'not_found', message: expect.stringContaining('with entry 3')})
    const before = /--before (\S+)/.exec(error.next)![1]!
    await succeed(w.cli(['audit', 'archive', '--before', before, '--out', at('b.jsonl')]))
  })

  test('refuses a prune without what only the archive tells', async () => {
    await succeed(archive('a.jsonl'))
    const {segment} = JSON.parse(linesOf('a.jsonl')[0]!)
    const {sha256} = JSON.parse(linesOf('a.jsonl').at(-1)!)
    const {last, hash} = segment
    const asked = (body: {last: number; hash: string; sha256: string}) =>
      asToken(w.server, w.token, 'auditPrune', {body})
    expect((await asked({last, hash, sha256: hash})).status).toBe(422)
    expect((await asked({last, hash: sha256, sha256})).status).toBe(422)
    expect((await sequences()).slice(0, 3)).toEqual([1, 2, 3])
    expect((await asked({last, hash, sha256})).status).toBe(200)
    expect((await sequences())[0]).toBe(5)
  })
})

describe('a client that remembers', () => {
  beforeEach(begin)
  afterEach(end)

  test('a head in the pruned part is told where it is, and meets it there', async () => {
    await succeed(verify())
    await set('THREE')
    const far = another('far')
    await succeed(archive('a.jsonl', '--prune', '--yes'))
    const first = await succeed(far('audit', 'verify'))
    expect(first.stdout).toContain('Entry 4, a head seen here, was pruned')
    expect((await succeed(far('audit', 'verify'))).stdout).toContain('Entry 4, a head seen here, was pruned')
    const met = await succeed(far('audit', 'verify', '--archive', at('a.jsonl')))
    expect(met.stdout).toContain('Entry 4, a head seen here, is in it.')
    expect((await succeed(far('audit', 'verify'))).stdout).not.toContain('was pruned;')
    // The one that wrote the archive has met it while it wrote.
    expect((await succeed(verify())).stdout).toContain('The head seen here last, entry 5, is the last that was pruned.')
  })

  test('sees that the log was cut: the pruned part, with no seal', async () => {
    await succeed(verify())
    await meddled('delete from audit where sequence < 3')
    expect(await verify()).toMatchObject({code: 1, stderr: expect.stringContaining('entry 3 (order)')})
  })

  test('sees that the log was cut: its end', async () => {
    await succeed(verify())
    await meddled(`
      delete from audit where sequence > 3;
      delete from audit_heads;
      insert into audit_heads select 1, sequence, hash, at, '' from audit where sequence = 3`)
    const {code, stderr} = await verify()
    expect(code).toBe(1)
    expect(stderr).toContain(
      'It was cut, or an older copy was put back: entry 4 was seen here, and the log ends at entry 3 now.',
    )
  })

  test('sees that the log was rewritten', async () => {
    const head = (await listed()).at(-1)!.sequence
    await succeed(verify())
    await meddled(`update audit set hash = '${'a'.repeat(64)}' where sequence = ${head}`)
    expect(await verify()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`It was rewritten: entry ${head} is not the one that was seen here.`),
    })
  })

  test.each([
    ['a segment that nobody sealed', "update audit_segments set signature = 'AAAA'"],
    ['a segment with another end', `update audit_segments set hash = '${'a'.repeat(64)}'`],
    [
      'a segment that reaches beyond the one that was sealed',
      `update audit_segments set last_sequence = 5, hash = (select hash from audit where sequence = 5);
       delete from audit where sequence = 5`,
    ],
  ])('sees %s', async (_, sql) => {
    await succeed(archive('a.jsonl', '--prune', '--yes'))
    await meddled(sql)
    const {code, stderr} = await verify()
    expect(code).toBe(1)
    expect(stderr).toContain('(base)')
    expect(stderr).toContain('It begins after entries that the server’s key did not seal')
  })

  test('sees that what was archived and kept was removed all the same, with the database file alone', async () => {
    await succeed(archive('a.jsonl'))
    await set('THREE')
    await meddled(`
      update audit_segments set pruned_at = '2026-11-25T23:00:00.000Z';
      delete from audit where sequence <= (select max(last_sequence) from audit_segments)`)
    for (const client of [verify, another('far').bind(null, 'audit', 'verify')]) {
      const {code, stderr} = await client()
      expect(code).toBe(1)
      expect(stderr).toContain('entry 4 (unpruned)')
      expect(stderr).toContain('no entry says that the server pruned them')
    }
  })

  test('counts on the newest prune alone, when those before it were archived and pruned themselves', async () => {
    for (const name of ['a.jsonl', 'b.jsonl', 'c.jsonl']) {
      await succeed(archive(name, '--prune', '--yes'))
      await succeed(verify())
    }
    await succeed(verify('--archive', at('a.jsonl'), at('b.jsonl'), at('c.jsonl')))
  })

  test('gets no archive of a log that was changed, and no file', async () => {
    await meddled("update audit set canonical = replace(canonical, 'ONE', 'ODD') where sequence = 3")
    const {code, stderr} = await archive('a.jsonl', '--prune', '--yes')
    expect(code).toBe(1)
    expect(stderr).toMatch(/What the server gave does not verify: line 5 \(link\)\. .*\nNext: postern audit verify/)
    expect(readdirSync(w.folder).filter((name) => name.includes('jsonl'))).toEqual([])
    expect((await sequences()).slice(0, 3)).toEqual([1, 2, 3])
  })
})

describe('an archive that was meddled with', () => {
  beforeAll(async () => {
    await begin()
    await succeed(archive('a.jsonl'))
  })
  afterAll(end)

  test.each<[string, (lines: string[]) => string[], RegExp]>([
    ['a changed entry', (all) => all.map((line) => line.replace('"ONE"', '"ODD"')), /line 5 \(link\)/],
    ['an entry taken out', (all) => all.toSpliced(2, 1), /line 3 \(order\)/],
    ['its end cut off', (all) => all.slice(0, -1), /\(cut\)/],
    ['a changed header', (all) => all.map((line) => line.replace('"last":4', '"last":3')), /line 1 \(signature\)/],
    ['a changed trailer', (all) => all.map((line) => line.replace('"entries":4', '"entries":5')), /line 6 \(digest\)/],
    ['another line end', (all) => all.map((line) => `${line}\r`), /line 1 \(form\)/],
    ['nothing in it', () => [], /\(cut\)/],
  ])('shows %s', async (_, change, says) => {
    const changed = change(linesOf('a.jsonl'))
    writeFileSync(at('b.jsonl'), changed.map((line) => `${line}\n`).join(''))
    for (const json of [[], ['--json']]) {
      const {code, stdout, stderr} = await verify('--archive', at('b.jsonl'), ...json)
      expect({code, out: stdout + stderr}).toEqual({code: 1, out: expect.stringMatching(says)})
    }
  })

  test.each([[['--before', 'hunter2', '--out', 'x']], [['--before', '1d']], [['--out', 'x']]])(
    '%j is wrong usage',
    async (argv) => {
      const {code, stdout, stderr} = await w.cli(['audit', 'archive', ...argv])
      expect(code).toBe(2)
      expect(stdout + stderr).not.toContain('hunter2')
    },
  )
})
