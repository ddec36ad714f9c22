import {Buffer} from 'node:buffer'
import {Readable} from 'node:stream'
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {stringify} from 'yaml'
import type {PosternError} from '../../../src/client/error.ts'
import {formatOf, readValueFile} from '../../../src/lib/value-file/read.ts'

interface Given {
  format?: 'dotenv' | 'json' | 'yaml'
  allowEmpty?: boolean
}

const read = async (content: string | Buffer, {format, allowEmpty = false}: Given = {}) => {
  const warnings: string[] = []
  const asked = {file: '-', format, 'allow-empty': allowEmpty}
  const values = await readValueFile(
    asked,
    {stdin: Readable.from([Buffer.from(content)]), stdinIsTerminal: false},
    (text) => warnings.push(text),
  )
  return {values: values.map(({key, value}) => [key, value.bytes().toString('utf8')]), warnings}
}
const values = async (content: string | Buffer, given: Given = {}) => (await read(content, given)).values
const failure = (content: string | Buffer, given: Given = {}): Promise<PosternError> =>
  read(content, given).then(
    () => Promise.reject(new Error('it was taken')),
    (error) => error,
  )

describe('YAML and JSON', () => {
  test.each<[string, string, string[][]]>([
    [
      'texts in their order',
      'B: x\nA: "a b"\n',
      [
        ['B', 'x'],
        ['A', 'a b'],
      ],
    ],
    [
      'numbers and truths as they are written',
      'PORT: 5432\nRATIO: 1.10\nON: true\nHEX: 0x1F',
      [
        ['PORT', '5432'],
        ['RATIO', '1.10'],
        ['ON', 'true'],
        ['HEX', '0x1F'],
      ],
    ],
    [
      'what sops prints of a mapping',
      'DB_PASSWORD: hunter2\nKEY: |\n    a\n    b\n',
      [
        ['DB_PASSWORD', 'hunter2'],
        ['KEY', 'a\nb\n'],
      ],
    ],
    [
      'a JSON object',
      '{"A": "x", "N": 1.50, "T": true}',
      [
        ['A', 'x'],
        ['N', '1.50'],
        ['T', 'true'],
      ],
    ],
  ])('%s', async (_, text, expected) => expect(await values(text)).toEqual(expected))

  test.each<[string, string, RegExp]>([
    ['a mapping below', 'A: x\nB:\n  C: hunter2\n', /line 2 has a value that is no text/],
    ['a list', 'A: [hunter2]', /line 1 has a value that is no text/],
    ['nothing', 'A: x\nB:\n', /line 2 has a key without a value/],
    ['null', '{"A": null}', /line 1 has a key without a value/],
    ['a key twice', 'A: x\nB: y\nA: hunter2', /line 3 has the key of line 1/],
    ['a key twice in JSON', '{"A": "x",\n "A": "hunter2"}', /line 2 has the key of line 1/],
    ['a tag', 'A: !!binary aHVudGVyMg==', /line 1 has a tag or an anchor/],
    ['an alias', 'A: &a hunter2\nB: *a', /line 1 has a tag or an anchor; line 2 has a value that is no text/],
    ['a second document', 'A: x\n---\nB: hunter2', /line 2 begins a second document/],
    ['what is no YAML', 'A: "hunter2\n', /is no YAML/],
    ['a list in place of the mapping', '---\n- hunter2', /line 1 begins no mapping/],
    ['many brackets', `A: ${'['.repeat(30_000)}`, /nests too deep/],
    ['many dashes', `A:\n  ${'- '.repeat(30_000)}`, /nests too deep/],
  ])('%s is wrong, and is named by its line', async (_, text, expected) => {
    const error = await failure(text, {format: 'yaml'})
    expect(error.message).toMatch(expected)
    expect(error.message).not.toContain('hunter2')
  })

  const key = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,6}$/)
  const text = fc.string({unit: 'grapheme', minLength: 1, maxLength: 20}).filter((made) => !/[\0\r\ufeff]/.test(made))
  test('give back what was written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(key, text, {minKeys: 1, maxKeys: 5}), async (object) => {
        const expected = Object.entries(object)
        expect(await values(JSON.stringify(object), {format: 'json'})).toEqual(expected)
        expect(await values(stringify(object), {format: 'yaml'})).toEqual(expected)
      }),
    )
  })
})

describe('of any file', () => {
  test('CRLF ends lines and is no part of a value; a byte order mark is dropped and said', async () => {
    const {values: found, warnings} = await read('\ufeffA=x\r\nB="a\r\nb"\r\nC=y\rD=z')
    expect(found).toEqual([
      ['A', 'x'],
      ['B', 'a\nb'],
      ['C', 'y'],
      ['D', 'z'],
    ])
    expect(warnings).toEqual([expect.stringMatching(/byte order mark/)])
  })

  test.each<[string, string | Buffer, RegExp]>([
    ['a key twice', 'A=1\nB=2\nA=hunter2', /line 3 has the key of line 1/],
    ['a key that may not be one', 'A=1\na.b=hunter2', /line 2 has a key that may not be one/],
    ['an empty value', 'A=\nB=2', /line 1 has an empty value \(--allow-empty takes it\)/],
    ['a NUL', 'A="hunter2\0"', /line 1 has a NUL/],
    ['several', 'hunter2\nA=1\nB="x', /line 1 is no KEY=value; line 3 has a quote that does not end/],
    ['no UTF-8', Buffer.from('ff41', 'hex'), /not valid UTF-8/],
    ['no keys', '# nothing\n', /has no keys/],
    [
      'what sops did not decrypt',
      'A: ENC[AES256_GCM,data:aHVudGVyMg==]\nsops:\n    mac: x\n',
      /still encrypted by sops/,
    ],
    ['the same of a .env', 'A=ENC[AES256_GCM,data:x]\nsops_mac=ENC[x]\nsops_version=3', /still encrypted by sops/],
    ['a value of more than 1 MiB', `A=${'x'.repeat(1024 * 1024 + 1)}`, /line 1 has a value of more than 1 MiB/],
  ])('%s is wrong', async (_, text, expected) => {
    const error = await failure(text)
    expect(error.message).toMatch(expected)
    expect(error.message).not.toContain('hunter2')
  })

  test('a terminal is no file', async () => {
    const asked = {file: '-', 'allow-empty': false}
    const reading = readValueFile(asked, {stdin: Readable.from([]), stdinIsTerminal: true}, () => {})
    await expect(reading).rejects.toMatchObject({code: 'usage'})
  })

  test('twenty wrong lines are named, and the others counted', async () => {
    const {message} = await failure('hunter2\n'.repeat(30))
    expect(message).toMatch(/line 20 is no KEY=value; and 10 more\.$/)
  })

  test('empty values are taken where that is meant', async () => {
    expect(await values('A=\nB=2', {allowEmpty: true})).toEqual([
      ['A', ''],
      ['B', '2'],
    ])
  })
})

test.each<[string, string, string]>([
  ['.env', '{"A":1}', 'dotenv'],
  ['.env.local', 'A: 1', 'dotenv'],
  ['config/prod.env', 'A: 1', 'dotenv'],
  ['secrets.yaml', 'A=1', 'yaml'],
  ['secrets.enc.YML', 'A=1', 'yaml'],
  ['secrets.json', 'A=1', 'json'],
  ['-', ' {"A": "x"}', 'json'],
  ['-', '# of sops\nA: x', 'yaml'],
  ['-', '---\nA: x', 'yaml'],
  ['-', '\n# a\nexport A=x', 'dotenv'],
  ['-', 'URL=https://a: b', 'dotenv'],
  ['secrets', '"A": x', 'yaml'],
])('%s with %j is %s', (file, text, expected) => expect(formatOf(file, text)).toBe(expected))
