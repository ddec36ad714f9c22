import {cpSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import fc from 'fast-check'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {readShare, shareLines} from '../../src/formats/recovery-share.ts'
import {joinKey} from '../../src/lib/recovery/kit.ts'
import {rootKeyId} from '../../src/server/keyring/wrap.ts'
import {startServer} from '../world/server.ts'
import {onTerminal} from '../world/terminal.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

/** A running server, whose root key the kits are of. */
let w: World
let key: Buffer
let id: string
let out: string
let head: unknown
beforeAll(async () => {
  w = await world()
  head = await auditHead()
  key = Buffer.from(readFileSync(join(w.server.data, 'root.key'), 'utf8'), 'base64url')
  id = rootKeyId(key)
  out = join(w.folder, 'kit')
  await succeed(kit('--shares', '5', '--threshold', '3', '--out', out))
})
afterAll(() => w?.close())

const kit = (...flags: string[]) => w.cli(['server', 'recovery-kit', '--data', w.server.data, ...flags])
const file = (number: number, folder = out) => join(folder, `share-${number}-of-5.txt`)
const given = (...numbers: number[]) => numbers.flatMap((number) => ['--share', file(number)])
const shareIn = (path: string) => {
  const share = readShare(readFileSync(path, 'utf8'))
  if (typeof share === 'string' || 'line' in share) throw new Error(`no share: ${JSON.stringify(share)}`)
  return share
}

describe('a kit of five shares, of which three give the key,', () => {
  test('is five private files, each with what its holder must know, and none with the key', () => {
    expect(readdirSync(out).sort()).toEqual([1, 2, 3, 4, 5].map((number) => `share-${number}-of-5.txt`))
    expect((statSync(out).mode & 0o777).toString(8)).toBe('700')
    for (const number of [1, 2, 3, 4, 5]) {
      expect((statSync(file(number)).mode & 0o777).toString(8)).toBe('600')
      const text = readFileSync(file(number), 'utf8')
      for (const part of [`SHARE ${number} OF 5`, id, 'Any 3 of the 5', 'recovery-kit --check'])
        expect(text).toContain(part)
      for (const form of ['hex', 'base64', 'base64url'] as const)
        expect(text).not.toContain(key.toString(form).slice(0, 12))
    }
  })

  test('any three or more give the key back, and fewer are refused', async () => {
    const shares = [1, 2, 3, 4, 5].map((number) => shareIn(file(number)))
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(shares, {minLength: 3}), async (those) => {
        expect(await joinKey(those)).toEqual(key)
      }),
    )
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(shares, {minLength: 1, maxLength: 2}), async (those) => {
        await expect(joinKey(those)).rejects.toThrow('of the 3 shares')
      }),
    )
  })

  test('is checked against the store of the running server', async () => {
    const {stdout} = await succeed(kit('--check', ...given(5, 1, 4), '--json'))
    expect(JSON.parse(stdout)).toEqual({rootKeyId: id, shares: 3, threshold: 3, store: id})
  })

  test('is typed on a terminal, line by line; one that is mistyped is asked for again', async () => {
    const steps = [2, 3, 5].flatMap((number, at) =>
      shareLines(shareIn(file(number))).flatMap((line) => {
        const asked = new RegExp(`Share ${at + 1}.*line ${line[0]}`)
        if (number !== 3 || line[0] !== 'C') return [{at: asked, type: `${line.slice(3).replaceAll(' ', '')}\r`}]
        const mistyped = line.slice(3, -1) + (line.endsWith('0') ? '1' : '0')
        const erase = '\u007f'.repeat(mistyped.length)
        return [
          {at: asked, type: `${mistyped}\r`},
          {at: /It is mistyped/, type: `${erase}${line.slice(3)}\r`},
        ]
      }),
    )
    const {code, screen} = await onTerminal(
      ['server', 'recovery-kit', '--check', '--data', w.server.data],
      w.home,
      steps,
    )
    expect([code, screen]).toEqual([0, expect.stringContaining('is under that key')])
  })

  test('gives a root key file, with which a server opens the store', async () => {
    const restored = join(w.folder, 'restored.key')
    const {stdout} = await succeed(kit('--restore', restored, ...given(1, 2, 3)))
    expect(stdout).toContain(id)
    expect(readFileSync(restored, 'utf8').trim()).toBe(key.toString('base64url'))
    expect((statSync(restored).mode & 0o777).toString(8)).toBe('600')
    const again = await kit('--restore', restored, ...given(1, 2, 3))
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('is there already')])
  })
})

describe('a page with the whole key', () => {
  test('is shown on a terminal until it is on paper, then cleared, and read back', async () => {
    const argv = ['server', 'recovery-kit', '--print', '--data', w.server.data]
    const {code, screen} = await onTerminal(argv, w.home, [
      {at: /on paper, every line compared/, type: 'n\r'},
      {at: /on paper, every line compared/, type: 'y\r'},
    ])
    expect([code, screen]).toEqual([0, expect.stringContaining('POSTERN ROOT KEY')])
    const [page, cleared] = screen.split('every line compared').map((part) => part.includes('\u001b[3J'))
    expect([page, cleared]).toEqual([true, false])
    expect(screen.slice(screen.lastIndexOf('\u001b[3J'))).not.toMatch(/A {2}01/)
    const share = readShare(screen.split('every line compared')[0]!)
    expect(share).toMatchObject({threshold: 1, rootKeyId: id})
    expect(await joinKey([share as ReturnType<typeof shareIn>])).toEqual(key)
  })

  test.each([
    ['a pipe', []],
    ['JSON', ['--json']],
  ])('goes into no %s', async (_, flags) => {
    for (const what of [['--print'], ['--shares', '3', '--threshold', '2']]) {
      const {code, stdout, stderr} = await kit(...what, ...flags)
      expect([code, stdout + stderr]).toEqual([2, expect.stringContaining('into no pipe')])
    }
  })
})

describe('what is refused', () => {
  test('shares of two kits, one twice, a mistyped line, no share, a typing error in the numbers', async () => {
    const other = join(w.folder, 'other kit')
    await succeed(kit('--shares', '5', '--threshold', '4', '--out', other))
    const mistyped = join(w.folder, 'mistyped.txt')
    const [line] = shareLines(shareIn(file(2))).slice(3)
    const wrong = line!.slice(0, 3) + (line![3] === '0' ? '1' : '0') + line!.slice(4)
    writeFileSync(mistyped, readFileSync(file(2), 'utf8').replace(line!, wrong))
    const rows: [string[], number, RegExp][] = [
      [['--check', ...given(1, 2), '--share', file(3, other)], 1, /they were not made together/],
      [['--check', ...given(1, 2, 2)], 1, /share 2 is there twice/],
      [['--check', ...given(1), '--share', mistyped], 1, /--share number 2 is mistyped in line D/],
      [['--check', '--share', join(w.server.data, 'tls/ca.crt')], 1, /holds no share/],
      [['--check', ...given(1, 2)], 1, /These are 2 of the 3 shares/],
      [['--check'], 2, /no terminal/],
      [['--shares', '3', '--threshold', '4', '--out', out], 2, /--threshold is at most --shares/],
      [['--shares', '1', '--threshold', '1', '--out', out], 2, /from 2 to 255/],
      [['--shares', '3', '--out', out], 2, /threshold/],
      [['--shares', '5', '--threshold', '2', '--out', out], 1, /such files already/],
      [['--print', '--check'], 2, /./],
    ]
    for (const [flags, code, says] of rows) {
      const ran = await kit(...flags)
      expect([ran.code, ran.stderr]).toEqual([code, expect.stringMatching(says)])
      expect(ran.stderr).not.toContain(wrong.slice(3))
    }
    expect(await joinKey([1, 2, 3].map((number) => shareIn(file(number))))).toEqual(key)
  })

  test('a kit of a root key that was replaced: the check ends with 1, and names both', async () => {
    const data = join(w.folder, 'rotated')
    const first = await startServer({data, home: w.home})
    await first.stop()
    const old = join(w.folder, 'old kit')
    await succeed(w.cli(['server', 'recovery-kit', '--data', data, '--shares', '5', '--threshold', '2', '--out', old]))
    const kept = join(w.folder, 'kept')
    cpSync(join(data, 'root.key'), kept)
    await succeed(w.cli(['server', 'rotate-key', '--root', '--folder', data]))
    const ids = [kept, join(data, 'root.key')].map((path) =>
      rootKeyId(Buffer.from(readFileSync(path, 'utf8'), 'base64url')),
    )
    const shares = ['--share', file(1, old), '--share', file(4, old)]
    const {code, stdout} = await w.cli(['server', 'recovery-kit', '--check', '--data', data, ...shares, '--json'])
    expect([code, JSON.parse(stdout)]).toMatchObject([
      1,
      {rootKeyId: ids[0], store: ids[1], error: {message: expect.stringContaining(ids[1]!)}},
    ])
  })
})

test('the server that a kit was made of has gone on, and nothing in it changed', async () => {
  expect((await asToken(w.server, w.token, 'whoami', {})).json).toMatchObject({role: 'owner'})
  expect(await auditHead()).toEqual(head)
})

async function auditHead(): Promise<unknown> {
  return (await asToken(w.server, w.token, 'auditList', {params: {org: 'default'}, query: {limit: 1}})).json.head
}
