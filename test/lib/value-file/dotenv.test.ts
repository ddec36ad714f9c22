import {parse} from 'dotenv'
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {parseDotenv} from '../../../src/lib/value-file/dotenv.ts'

const entriesOf = (text: string) => Object.fromEntries(parseDotenv(text).entries.map(({key, text}) => [key, text]))

describe('a line', () => {
  test.each<[string, string, Record<string, string>]>([
    ['is a key and a value', 'KEY=value', {KEY: 'value'}],
    ['may say export', 'export KEY=value', {KEY: 'value'}],
    ['may have blanks around both', '  KEY = a b  ', {KEY: 'a b'}],
    ['may have blanks of any kind before the value', 'KEY=\u00a0\u3000"a"', {KEY: 'a'}],
    ['may have no value', 'KEY=\nOTHER=x', {KEY: '', OTHER: 'x'}],
    ['may end in a comment', 'KEY=value # why', {KEY: 'value'}],
    ['may be a comment alone, or blank', '# KEY=value\n\n  \nOTHER=x', {OTHER: 'x'}],
    ['keeps what is in quotes', `A='a b'\nB="a # b"\nC=\`a'"b\``, {A: 'a b', B: 'a # b', C: `a'"b`}],
    ['keeps blanks in quotes', `A='  a  '`, {A: '  a  '}],
    ['ends a line in double quotes at \\n', `A="a\\nb"\nB='a\\nb'`, {A: 'a\nb', B: 'a\\nb'}],
    ['goes on in quotes', 'A="a\nb"\nB=x', {A: 'a\nb', B: 'x'}],
    ['keeps what stands in the middle of a value', `A=it's=so"x`, {A: `it's=so"x`}],
    ['has no variables', 'A=$B\nC=${D}', {A: '$B', C: '${D}'}],
  ])('%s', (_, text, expected) => {
    expect(parseDotenv(text).wrong).toEqual([])
    expect(entriesOf(text)).toEqual(expected)
    expect(parse(text)).toEqual(expected)
  })

  test.each<[string, string, number[]]>([
    ['without =', 'A=1\nhunter2\nB=2', [2]],
    ['with : in its place', 'A: hunter2', [1]],
    ['with a quote that does not end', 'A=1\nB="hunter2\nC=3', [2]],
    ['that goes on behind its quote', `A='hunter2' hunter2`, [1]],
    ['with a # that some take for a comment', 'A=hunter2#x', [1]],
    ['with no key', '=hunter2', [1]],
    ['with a separator that ends it for some', 'A=x\u2028B=hunter2', [1]],
    ['whose comment such a one ends', '# a comment\u2028B=hunter2', [1]],
    ['with a blank in its key', 'A B=hunter2', [1]],
  ])('%s is wrong, and is named by its number alone', (_, text, lines) => {
    const {wrong} = parseDotenv(text)
    expect(wrong.map(({line}) => line)).toEqual(lines)
    expect(JSON.stringify(wrong)).not.toContain('hunter2')
  })

  test('behind a wrong one is still read', () => {
    expect(entriesOf('hunter2\nA=1\nB="x\nC=2')).toEqual({A: '1', C: '2'})
  })

  test('with a backslash before a quote is taken as it is, and said', () => {
    const {entries, notes} = parseDotenv('A="{\\"a\\":1}"')
    expect(entries).toEqual([{key: 'A', text: '{\\"a\\":1}', line: 1}])
    expect(notes).toEqual([expect.stringMatching(/^Line 1 /)])
    expect(parse('A="{\\"a\\":1}"')).toEqual({A: '{\\"a\\":1}'})
  })
})

const word = fc.constantFrom(
  'a',
  'KEY',
  '"',
  "'",
  '\\"',
  ' ',
  '=',
  '#',
  '\\',
  '\\n',
  '\n',
  '$',
  ':',
  '-',
  'x y',
  '{',
  'é',
)
const texts = fc.array(word, {maxLength: 12}).map((parts) => parts.join(''))
const value = fc.oneof(
  texts.filter((text) => !/[\n#]/.test(text)),
  texts.map((text) => `'${text}'`),
  texts.map((text) => `"${text}"`),
  texts.map((text) => `\`${text}\``),
)
const line = fc.oneof(
  fc.tuple(fc.constantFrom('A', 'B', 'C_1', 'export D', ' E '), value).map(([key, text]) => `${key}=${text}`),
  fc.constantFrom('# a comment', '', '  ', "# it's", '# \u2028A=x', '\u00a0'),
)

test('what it takes is what the package dotenv reads', () => {
  fc.assert(
    fc.property(fc.array(line, {maxLength: 6}), (lines) => {
      const text = lines.join('\n')
      const {wrong} = parseDotenv(text)
      fc.pre(wrong.length === 0)
      expect(entriesOf(text)).toEqual(parse(text))
    }),
    {numRuns: 3000},
  )
})

test('a text of any kind ends it, and each line is in one entry or wrong, or holds nothing', () => {
  fc.assert(
    fc.property(fc.string({unit: fc.constantFrom('A', '=', '"', "'", '`', '\n', '#', ' ', '\\')}), (text) => {
      const {entries, wrong} = parseDotenv(text)
      const last = text.split('\n').length
      for (const {line: at} of [...entries, ...wrong]) expect(at).toBeGreaterThan(0)
      for (const {line: at} of [...entries, ...wrong]) expect(at).toBeLessThanOrEqual(last)
    }),
  )
})
