import {spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Readable} from 'node:stream'
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {parse} from 'yaml'
import {fromJSONSchema} from 'zod'
import type {PosternError} from '../../../src/client/error.ts'
import {isNote} from '../../../src/contract/name-rules.ts'
import type {RuleSpec} from '../../../src/contract/policy-file.ts'
import type {Selector} from '../../../src/contract/routes/policy.ts'
import {MAX_POLICY_FILE, parsePolicyFile, policyFileText, readPolicyFile} from '../../../src/lib/command/policy-file.ts'

const lock = (selector: Selector, reason: string | null = null) => ({selector, effect: 'cli-only', reason})
const unlock = (selector: Selector, reason: string | null = null) => ({selector, effect: 'enabled', reason})

test('a policy file is rules in one place, each with its line', () => {
  const text = `# who may do what on the dashboard
version: 1
rules:
  - lock: {sensitivity: plaintext}
    reason: SOC2-14
  - lock:
      category: variables
  - unlock: {operation: secrets.declare}
    reason: "tickets: they declare names"
  - {lock: {all: true}}
`
  expect(parsePolicyFile(text)).toEqual([
    {...lock({by: 'sensitivity', name: 'plaintext'}, 'SOC2-14'), line: 4},
    {...lock({by: 'category', name: 'variables'}), line: 6},
    {...unlock({by: 'operation', name: 'secrets.declare'}, 'tickets: they declare names'), line: 8},
    {...lock({by: 'all'}), line: 10},
  ])
})

test.each(['version: 1\nrules: []\n', '{"version": 1, "rules": []}', '---\nversion: 1\nrules: []\n...\n'])(
  '%j has no rule',
  (text) => expect(parsePolicyFile(text)).toEqual([]),
)

const HEAD = 'version: 1\nrules:\n'

describe('what is not right is refused by its line, and nothing of it is repeated', () => {
  test.each<[string, number | null, RegExp]>([
    ['', 1, /begins with "version: 1"/],
    ['hunter2', 1, /begins with "version: 1"/],
    ['- hunter2', 1, /begins with "version: 1"/],
    ['rules: []', 1, /begins with "version: 1"/],
    ['rules: []\nversion: hunter2', 2, /begins with "version: 1"/],
    ['rules: []\nversion: 2', 2, /a newer one does/],
    ['version: 1', 1, /has "version" and "rules"/],
    ['version: 1\nrules: []\nhunter2: 1', 3, /nothing else/],
    ['version: 1\nrules: hunter2', 2, /"rules" is a list/],
    [`${HEAD}  - hunter2`, 3, /"lock" or "unlock"/],
    [`${HEAD}  - {}`, 3, /"lock" or "unlock"/],
    [`${HEAD}  - {lock: {all: true}}\n  - reason: hunter2`, 4, /"lock" or "unlock"/],
    [`${HEAD}  - lock: {all: true}\n    unlock: {all: true}`, 4, /"lock" or "unlock"/],
    [`${HEAD}  - lock: {all: true}\n    hunter2: 1`, 4, /"lock" or "unlock"/],
    [`${HEAD}  - lock: hunter2`, 3, /"lock" takes one of/],
    [`${HEAD}  - unlock:\n      hunter2: x`, 4, /"unlock" takes one of/],
    [`${HEAD}  - lock: {all: false}`, 3, /"lock" takes one of/],
    [`${HEAD}  - lock:\n      operation: Hunter2!`, 4, /"lock" takes one of/],
    [`${HEAD}  - lock: {operation: secrets.set, category: hunter}`, 3, /"lock" takes one of/],
    [`${HEAD}  - unlock: {all: true}\n    reason: ""`, 4, /"reason" is a line of 1 to 500/],
    [`${HEAD}  - unlock: {all: true}\n    reason: "hunter2\\n"`, 4, /"reason" is a line of 1 to 500/],
    [`${HEAD}  - lock: {all: true}\n    reason: 14`, 4, /"reason" is a line of 1 to 500/],
    [`${HEAD}  - lock: {all: true}\n  - unlock: {all: true}`, 4, /speaks of the same as line 3/],
    [`version: 1\nversion: 1\nrules: []`, 2, /there already/],
    [`${HEAD}  - lock: {all: true}\n    lock: {all: true}`, 4, /there already/],
    [`${HEAD}\t- hunter2`, 3, /not with tabs/],
    [`${HEAD}  - [hunter2`, 3, /no YAML \([A-Z_]+\)/],
    [`version: 1\nrules: []\n---\nhunter2: 1`, 3, /second document/],
    [`version: 1\nrules: &hunter2 []`, 2, /anchors and aliases/],
    [`version: &a 1\nrules: *a`, 1, /anchors and aliases/],
    [`version: 1\nrules: !hunter2 []`, 2, /tags are not taken/],
    [`version: 1\nrules: !!js/function hunter2`, 2, /tags are not taken/],
    [`version: !!int 1\nrules: []`, 1, /tags are not taken/],
  ])('%j', (text, line, says) => {
    const {message, code, facts} = refusal(text)
    expect(code).toBe('usage')
    expect(message).toMatch(says)
    expect(/Line (\d+)/.exec(message)?.[1] ?? null).toBe(line === null ? null : String(line))
    expect(`${message} ${facts.next}`).not.toMatch(/hunter/i)
  })
})

test('a file of 64 KiB is read, and one byte more is not', async () => {
  const file = (length: number) => `version: 1\nrules: []\n#${'a'.repeat(length)}`.slice(0, length)
  const read = (length: number) => readPolicyFile('-', Readable.from([Buffer.from(file(length))]))
  expect(await read(MAX_POLICY_FILE)).toEqual([])
  await expect(read(MAX_POLICY_FILE + 1)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('larger than 64 KiB'),
  })
})

test('a pipe is read to its end, however slowly it comes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-policy-'))
  const pipe = join(folder, 'pipe')
  spawnSync('mkfifo', [pipe])
  const writing = spawn('sh', [
    '-c',
    `exec >'${pipe}'; echo 'version: 1'; echo 'rules:'; sleep 0.3; echo '  - lock: {all: true}'`,
  ])
  const rules = await readPolicyFile(pipe, Readable.from([]))
  expect(rules).toHaveLength(1)
  if (writing.exitCode === null) await once(writing, 'exit')
  rmSync(folder, {recursive: true})
})

describe('what is made to hurt ends in an error, in one process and in bounded time', () => {
  const many = 32 * 1024
  test.each([
    ['['.repeat(many)],
    ['{a: '.repeat(many / 4)],
    ['- '.repeat(many)],
    ['? '.repeat(many)],
    ['- ? '.repeat(many / 4)],
    [': '.repeat(many)],
    ['-\t'.repeat(many)],
    ['&a '.repeat(many / 4)],
    ['!a '.repeat(many / 4)],
    [`a: &a [x]\n${Array.from({length: 900}, (_, i) => `b${i}: [*a, *a]`).join('\n')}`],
    [Array.from({length: 350}, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    [
      `version: 1\nrules:\n${Array.from({length: 201}, (_, i) => `  - lock: {operation: a.${String.fromCharCode(97 + (i % 26))}}`).join('\n')}`,
    ],
  ])('%.20j…', (text) => {
    expect(refusal(text).code).toBe('usage')
  })
})

describe('the published schema', () => {
  const published = readFileSync(join(import.meta.dirname, '../../../docs/formats/policy.schema.json'), 'utf8')
  const schema = fromJSONSchema(JSON.parse(published))
  test.each([
    [true, 'version: 1\nrules: []'],
    [true, `${HEAD}  - lock: {sensitivity: plaintext}\n    reason: SOC2-14\n  - unlock: {all: true}`],
    [false, 'version: 2\nrules: []'],
    [false, 'version: 1\nrules: []\nelse: 1'],
    [false, `${HEAD}  - {}`],
    [false, `${HEAD}  - lock: {all: true}\n    unlock: {all: true}`],
    [false, `${HEAD}  - lock: {all: false}`],
    [false, `${HEAD}  - lock: {operation: secrets.set, category: secrets}`],
    [false, `${HEAD}  - lock: {all: true}\n    reason: 14`],
  ])('%s: %j, as the program', (taken, text) => {
    expect(schema.safeParse(parse(text)).success).toBe(taken)
    if (taken) expect(parsePolicyFile(text)).toBeInstanceOf(Array)
    else expect(refusal(text).code).toBe('usage')
  })

  test('names the operations that an editor may complete', () => {
    expect(schema.safeParse(parse(`${HEAD}  - lock: {operation: secrets.set}`)).success).toBe(true)
    expect(schema.safeParse(parse(`${HEAD}  - lock: {operation: secrets.burn}`)).success).toBe(false)
  })
})

test('any text is rules or a refusal', () => {
  const word = fc.constantFrom(
    'version',
    'rules',
    'lock',
    'all',
    'true',
    '1',
    'x',
    ': ',
    '- ',
    '\n',
    '  ',
    '{',
    '}',
    '[',
    ']',
    '"',
    '&a',
    '*a',
    '!t',
    '#',
    '|',
    '>',
    '%',
    '\t',
  )
  fc.assert(
    fc.property(fc.array(word, {maxLength: 40}), (words) => {
      try {
        return Array.isArray(parsePolicyFile(words.join('')))
      } catch (error) {
        return (error as PosternError).code === 'usage'
      }
    }),
    {numRuns: 500},
  )
})

test('what is written is read again, whatever the reason', () => {
  const name = fc.stringMatching(/^[a-z]{1,20}(\.[a-z]{1,20})?$/)
  const selector = fc.oneof(
    fc.constant<Selector>({by: 'all'}),
    fc.record({by: fc.constantFrom('operation' as const, 'category' as const), name}),
    fc.record({
      by: fc.constant('sensitivity' as const),
      name: fc.constantFrom('plaintext' as const, 'authority' as const),
    }),
  )
  const reason = fc.string({unit: 'grapheme', minLength: 1, maxLength: 100}).filter(isNote)
  const rule = fc.record({
    selector,
    effect: fc.constantFrom('cli-only' as const, 'enabled' as const),
    reason: fc.oneof(fc.constant(null), reason, fc.constantFrom('no', '1', '~', ' x ', '# x', "it's: [fine]", '- x')),
  })
  const rules = fc.uniqueArray(rule, {selector: ({selector}) => JSON.stringify(selector), maxLength: 20})
  fc.assert(
    fc.property(rules, (asked) => {
      const read = parsePolicyFile(policyFileText(asked)).map(({line: _, ...said}) => said)
      expect(sorted(read)).toEqual(sorted(asked))
    }),
  )
})

const sorted = (rules: RuleSpec[]) =>
  rules
    .map((rule) =>
      JSON.stringify([rule.selector.by, 'name' in rule.selector ? rule.selector.name : '', rule.effect, rule.reason]),
    )
    .sort()

function refusal(text: string): PosternError {
  try {
    parsePolicyFile(text)
  } catch (error) {
    return error as PosternError
  }
  throw new Error('it was taken')
}
