import {createHash} from 'node:crypto'
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {isOrg, isScope} from '../../src/contract/name-rules.ts'
import {check} from '../../src/dashboard/audit/check.ts'
import {filterIn} from '../../src/dashboard/audit/filter.ts'
import {claimsIn} from '../../src/dashboard/environments/claims.ts'
import {everyDay} from '../../src/dashboard/overview/every-day.ts'
import {changeOf} from '../../src/dashboard/values/fact-changes.ts'
import {fingerprintOf} from '../../src/dashboard/values/fingerprint-of.ts'
import {ancestorsOf, treeOf} from '../../src/dashboard/values/tree-of.ts'
import {fingerprint} from '../../src/formats/fingerprint.ts'
import {fitting} from '../../src/server/sessions/sso.ts'

const formOf = (fields: Record<string, string>): FormData => {
  const form = new FormData()
  for (const [name, text] of Object.entries(fields)) form.set(name, text)
  return form
}
const segment = fc.stringMatching(/^[a-z][a-z0-9-]{0,3}$/)
const scope = fc.array(segment, {minLength: 1, maxLength: 4}).map((segments) => segments.join('/'))

describe('the tree of scopes', () => {
  interface Node {
    value: string
    label: unknown
    children?: Node[]
  }
  const values = (nodes: Node[]): string[] => nodes.flatMap((node) => [node.value, ...values(node.children ?? [])])

  test('has every scope once, below what it lies in, and all that lies between', () => {
    fc.assert(
      fc.property(fc.array(scope), (scopes) => {
        const tree = treeOf(scopes) as Node[]
        const all = values(tree)
        expect(new Set(all).size).toBe(all.length)
        expect(new Set(all)).toEqual(new Set(scopes.flatMap((one) => [one, ...ancestorsOf(one)])))
        const below = (nodes: Node[], above: string): void => {
          for (const node of nodes) {
            expect(node.value).toBe(above === '' ? node.label : `${above}/${node.label}`)
            below(node.children ?? [], node.value)
          }
        }
        below(tree, '')
      }),
    )
  })

  test('what a scope lies in', () => {
    expect(ancestorsOf('a/b/c')).toEqual(['a', 'a/b'])
    expect(ancestorsOf('a')).toEqual([])
    expect(ancestorsOf('')).toEqual([])
  })
})

describe('a change of facts', () => {
  const shown = {
    owner: 'payments',
    note: null,
    expiresAt: '2027-01-31T12:30:00.000Z',
    rotateDays: 30,
    tags: {team: 'a', tier: '1'},
  }
  const asShown = {owner: 'payments', note: '', expires: '2027-01-31', rotate: '30', tags: 'team=a\ntier=1'}
  test.each([
    ['nothing', {}, {}],
    ['another owner', {owner: ' platform '}, {owner: 'platform'}],
    ['no owner', {owner: ''}, {owner: null}],
    ['a note', {note: 'The main one'}, {note: 'The main one'}],
    ['another day', {expires: '2027-02-01'}, {expiresAt: '2027-02-01T00:00:00.000Z'}],
    ['no day', {expires: ''}, {expiresAt: null}],
    ['no rotation', {rotate: ''}, {rotateDays: null}],
    ['a tag more', {tags: 'team=a\ntier=1\n\nnew=x=y'}, {tags: {new: 'x=y'}}],
    ['a tag less, and another', {tags: 'team=b'}, {tags: {team: 'b', tier: null}}],
  ])('%s: only that', (_, typed, body) => {
    expect(changeOf(shown, formOf({...asShown, ...typed}))).toEqual(body)
  })
})

test.each([
  [{}, {}],
  [
    {agentId: ' web ', host: 'web-1'},
    {agentId: 'web', host: 'web-1'},
  ],
  [{labels: 'region=eu, tier=1 nothing'}, {labels: '{"region":"eu","tier":"1"}'}],
  [{labels: 'a=b=c'}, {labels: '{"a":"b=c"}'}],
])('the fields %j say the claims %j', (fields, claims) => {
  expect(claimsIn(formOf(fields))).toEqual(claims)
})

test.each([
  [{operation: '', actor: ' ', outcome: '', since: ''}, {}],
  [
    {operation: 'secrets.set', actor: 'ci', outcome: 'refused', since: '2026-11-01'},
    {operation: 'secrets.set', actor: 'ci', outcome: 'refused', since: '2026-11-01T00:00:00Z'},
  ],
])('the fields %j narrow to %j', (fields, filter) => {
  expect(filterIn(formOf(fields))).toEqual(filter)
})

test('every day of the last so many is there once, the oldest first, over the end of a month', () => {
  const found = {day: '2027-02-28', done: 3, disclosed: 1, refused: 2, failed: 0}
  const days = everyDay([found], 4, new Date('2027-03-02T00:10:00Z'))
  expect(days.map(({day}) => day)).toEqual(['2027-02-27', '2027-02-28', '2027-03-01', '2027-03-02'])
  expect(days[1]).toBe(found)
  expect(days[3]).toMatchObject({done: 0, refused: 0})
})

test('the fingerprint of the page is that of the CLI', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({unit: 'grapheme'}), async (text) => {
      expect(await fingerprintOf(text)).toBe(fingerprint(new TextEncoder().encode(text)))
    }),
  )
})

describe('whether entries hold together', () => {
  const chain = (count: number, first = 1) => {
    const entries: {canonical: string; hash: string}[] = []
    for (let sequence = first; sequence < first + count; sequence += 1) {
      const previous = entries[0]?.hash ?? 'f'.repeat(64)
      const canonical = JSON.stringify({previous, sequence})
      entries.unshift({canonical, hash: createHash('sha256').update(canonical).digest('hex')})
    }
    return entries
  }
  const headOf = (entries: {hash: string}[], sequence: number) => ({
    org: 'default',
    sequence,
    hash: entries[0]!.hash,
    time: '',
    signature: '',
  })
  const entries = chain(5)

  test('they do as they are, and as a part of a longer log', async () => {
    expect(await check({entries, head: headOf(entries, 5)})).toBe('holds')
    expect(await check({entries: chain(3, 7), head: headOf(chain(1), 100)})).toBe('holds')
  })

  test.each<[string, (of: typeof entries) => typeof entries]>([
    ['one is left out', (of) => of.filter((_, at) => at !== 2)],
    ['two change places', (of) => [of[0]!, of[2]!, of[1]!, ...of.slice(3)]],
    [
      'one is changed',
      (of) => of.map((one, at) => (at === 1 ? {...one, canonical: one.canonical.replace('4', '9')} : one)),
    ],
    ['the newest is another than the signed one', (of) => [{...chain(1, 5)[0]!}, ...of.slice(1)]],
  ])('they do not where %s', async (_, change) => {
    expect(await check({entries: change(entries), head: headOf(entries, 5)})).toBe('broken')
  })
})

describe('what somebody is called, as a name', () => {
  test('is a name of a token, or none', () => {
    fc.assert(
      fc.property(fc.string({unit: 'grapheme'}), (called) => {
        const name = fitting(called)
        expect(name === null || (isOrg(name) && isScope(name))).toBe(true)
      }),
    )
  })

  test.each([
    ['alice', 'alice'],
    ['alice@example.com', 'alice.example.com'],
    ['José Núñez', 'JoseNunez'],
    ['../../admin', 'admin'],
    ['李', null],
    ['', null],
  ])('%s: %s', (called, name) => {
    expect(fitting(called)).toBe(name)
  })
})
