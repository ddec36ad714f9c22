import {Buffer} from 'node:buffer'
import {spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {parse as parseDotenv} from 'dotenv'
import fc from 'fast-check'
import {afterAll, describe, expect, test} from 'vitest'
import {parse as parseYaml} from 'yaml'
import {type ExportFormat, encode} from '../../../src/lib/value-export/encode.ts'
import {maskCommands} from '../../../src/lib/value-export/github.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-encode-'))
afterAll(() => rmSync(folder, {recursive: true}))

const bytesOf = (given: Record<string, string>) =>
  Object.entries(given).map(([key, text]) => ({key, bytes: Buffer.from(text)}))

/** Reads a file as its users do. */
const readers: Partial<Record<ExportFormat, (text: string, keys: readonly string[]) => Record<string, string>>> = {
  dotenv: (text) => parseDotenv(text),
  json: (text) => JSON.parse(text),
  yaml: (text) => parseYaml(text),
  shell: (text, keys) => {
    const file = join(folder, 'values.sh')
    writeFileSync(file, text)
    const script = `. "$0"; for key; do printf '%s\\0' "\${!key}"; done`
    const {stdout, status} = spawnSync('bash', ['-c', script, file, ...keys], {env: {}, maxBuffer: 2 ** 26})
    expect(status).toBe(0)
    const values = stdout.toString('utf8').split('\0')
    return Object.fromEntries(keys.map((key, at) => [key, values[at]!]))
  },
  docker: (text) =>
    Object.fromEntries(
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    ),
  github: (text) => {
    const found: Record<string, string> = {}
    for (let rest = text; rest !== ''; ) {
      const [head, key, delimiter] = /^(\w+)<<(\w+)\n/.exec(rest)!
      const end = rest.indexOf(`\n${delimiter}\n`, head.length - 1)
      found[key!] = rest.slice(head.length, Math.max(end, head.length))
      rest = rest.slice(end + delimiter!.length + 2)
    }
    return found
  },
}

const part = fc.oneof(
  fc.string({unit: 'grapheme', maxLength: 4}),
  fc.constantFrom(
    "'",
    '"',
    '`',
    '\\',
    '\\n',
    '\n',
    '\r\n',
    '$HOME',
    '$(id)',
    '#',
    ' ',
    '=',
    '\t',
    '{',
    ': ',
    'EOF',
    '%',
    '\u2028',
    '\u00a0',
    '\u0085',
    '\ufeff',
  ),
)
const text = fc.array(part, {maxLength: 6}).map((parts) => parts.join(''))
const given = fc.dictionary(
  fc.stringMatching(/^[A-Z][A-Z_]{1,7}$/).map((key) => `K_${key}`),
  text,
  {minKeys: 1, maxKeys: 20},
)

describe.each(Object.entries(readers))('%s', (name, read) => {
  test('is read back as the same, of all that it says that it can hold', async () => {
    let held = 0
    await fc.assert(
      fc.asyncProperty(given, async (values) => {
        const format = name as ExportFormat
        const fits = []
        for (const one of bytesOf(values)) if ((await encode(format, [one])).unfit === undefined) fits.push(one)
        held += fits.length
        const expected = Object.fromEntries(fits.map(({key}) => [key, values[key]!]))
        expect(read((await encode(format, fits)).text!, Object.keys(expected))).toEqual(expected)
      }),
      {numRuns: name === 'shell' ? 60 : 300},
    )
    expect(held).toBeGreaterThan(100)
  })
})

test('jq reads the JSON', () => {
  const values = {A: 'a"\\\n\u2028é', B: ''}
  return encode('json', bytesOf(values)).then(({text: json}) => {
    const {stdout, error} = spawnSync('jq', ['-j', '.A'], {input: json})
    if (error !== undefined && !process.env.CI) return console.warn('jq is not there: not tried')
    expect(stdout.toString('utf8')).toBe(values.A)
  })
})

describe('what a format cannot hold is named by its key, with why', () => {
  test.each<[ExportFormat, string | Buffer, RegExp]>([
    ['docker', 'a\nb', /has a line's end/],
    ['docker', 'x'.repeat(64 * 1024), /longer than 64 KiB/],
    ['docker', 'a\0b', /has a NUL/],
    ['shell', 'a\0b', /has a NUL/],
    ['github', 'a\r\nb', /has a carriage return/],
    ['dotenv', `'"\`\n`, /holds what no quotes of a .env hold/],
    ...(['dotenv', 'json', 'yaml', 'shell', 'docker', 'github'] as const).map(
      (format): [ExportFormat, Buffer, RegExp] => [format, Buffer.from('ff00', 'hex'), /is no text in UTF-8/],
    ),
  ])('%s, %j', async (format, value, why) => {
    const {unfit} = await encode(format, [
      {key: 'GOOD', bytes: Buffer.from('x')},
      {key: 'BAD', bytes: Buffer.from(value)},
    ])
    expect(unfit).toEqual([{key: 'BAD', why: expect.stringMatching(why)}])
  })

  test.each(['GITHUB_TOKEN', 'RUNNER_TEMP', 'NODE_OPTIONS'])('github, the name %s', async (key) => {
    expect((await encode('github', [{key, bytes: Buffer.from('x')}])).unfit).toHaveLength(1)
  })
})

test('each line is masked by itself, once, with what commands escape', () => {
  expect(maskCommands('a%\n\n  \nb\na%')).toEqual(['::add-mask::a%25', '::add-mask::b'])
})

test('no two values have the same delimiter', async () => {
  const {text: file} = await encode('github', bytesOf({A: 'x', B: 'y'}))
  const delimiters = [...file!.matchAll(/<<(\w+)/g)].map(([, delimiter]) => delimiter)
  expect(new Set(delimiters).size).toBe(2)
})
