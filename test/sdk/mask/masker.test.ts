import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {createMasker} from '../../../src/sdk/mask/masker.ts'

const bytes = (text: string) => Buffer.from(text)
const masked = (values: (string | Uint8Array)[], ...pieces: (string | Uint8Array)[]): string => {
  const masking = createMasker(values.map((value) => (typeof value === 'string' ? bytes(value) : value))).begin()
  const said = pieces.map((piece) => masking.push(typeof piece === 'string' ? bytes(piece) : piece))
  return Buffer.concat([...said, masking.end()]).toString()
}

describe('a value in a text is masked', () => {
  test.each<[string, string[], string, string]>([
    ['as it is', ['hunter2'], 'the password is hunter2, yes', 'the password is ***, yes'],
    ['as often as it comes', ['hunter2'], 'hunter2hunter2 hunter2', '*** ***'],
    ['the longer of two', ['hunter2', 'hunter2-long'], 'hunter2-long', '***'],
    ['the shorter where the longer does not come', ['hunter2', 'hunter2-long'], 'hunter2-lo', '***-lo'],
    ['two that overlap, as one', ['abcdef', 'defghi'], 'xabcdefghix', 'x***x'],
    ['one within another', ['abcdef', 'bcde'], 'bcde abcdef', '*** ***'],
    ['with four bytes', ['abcd'], '.abcd.', '.***.'],
    ['not with three', ['abc'], '.abc.', '.abc.'],
    ['in base64', ['s3cret!'], Buffer.from('s3cret!').toString('base64'), '***'],
    [
      'in base64 without padding',
      ['s3cret!'],
      `${Buffer.from('s3cret!').toString('base64').replace('==', '')}.`,
      '***.',
    ],
    ['in base64 for URLs', ['??>>??>>'], Buffer.from('??>>??>>').toString('base64url'), '***'],
    ['percent-encoded', ['p@ss w&rd'], encodeURIComponent('p@ss w&rd'), '***'],
    ['in a form', ['p@ss w&rd'], new URLSearchParams({v: 'p@ss w&rd'}).toString(), 'v=***'],
    ['as in JSON', ['say "hi"\n'], JSON.stringify({v: 'say "hi"\n'}), '{"v":"***"}'],
    ['as in JSON, without the newline that is stored', ['say "hi"\n'], JSON.stringify({v: 'say "hi"'}), '{"v":"***"}'],
    ['percent-encoded, likewise', ['\t p@ss w&rd \r\n'], encodeURIComponent('p@ss w&rd'), '***'],
    ['line by line', ['first line\n  second line\n'], 'first line / second line', '*** / ***'],
  ])('%s', (_, values, text, expected) => expect(masked(values, text)).toBe(expected))

  test('also after others in what is in base64', () => {
    for (const before of ['', 'a', 'ab', 'abc'])
      expect(
        masked(['correct horse battery'], Buffer.from(`${before}correct horse battery!`).toString('base64')),
      ).toMatch(/^[\w+/]{0,6}\*\*\*[\w+/]{0,3}=*$/)
  })

  test('when it is long, up to where it ends or goes wrong', () => {
    const long = Array.from({length: 500}, (_, n) => String.fromCharCode(33 + ((n * 7) % 90))).join('')
    expect(masked([long], `a${long}b`)).toBe('a***b')
    expect(masked([long], `a${long.slice(0, 400)}!`)).toBe('a***!')
    const base64 = Buffer.from(long).toString('base64')
    expect(masked([long], `<${base64}>`)).toBe('<***>')
  })

  test('in a time that grows as the text does, where a long value repeats itself', () => {
    const masking = createMasker([Buffer.alloc(300, 'a'), Buffer.from(`head\n${'='.repeat(400)}`)]).begin()
    // With a follower for each place where it may begin, this would take hours.
    const said = Buffer.concat([masking.push(Buffer.alloc(500_000, 'a')), masking.push(Buffer.alloc(500_000, '='))])
    expect(Buffer.concat([said, masking.end()]).toString()).toBe('***')
  })

  test('with any amount of space within it', () => {
    const wide = `begins${' '.repeat(500_000)}ends\n`
    expect(masked([wide], `<${wide.trim()}>`)).toBe('<***>')
  })

  test('in pieces of any size', () => {
    const text = 'the password is hunter2, yes'
    for (let size = 1; size < text.length; size += 1) {
      const pieces = Array.from({length: Math.ceil(text.length / size)}, (_, n) => text.slice(n * size, (n + 1) * size))
      expect(masked(['hunter2'], ...pieces)).toBe('the password is ***, yes')
    }
  })
})

test('what cannot be a value any more is said at once; less than a window of one, after a while', () => {
  const masking = createMasker([bytes('hunter2')]).begin()
  expect(masking.push(bytes('Password: ')).toString()).toBe('Password: ')
  expect(masking.push(bytes('h')).toString()).toBe('')
  expect(masking.rest().toString()).toBe('h')
  expect(masking.push(bytes('unt')).toString()).toBe('')
  expect(masking.push(bytes('ing hunt')).toString()).toBe('unting ')
  expect(masking.rest().toString()).toBe('')
  expect(masking.push(bytes('er2')).toString()).toBe('***')
})

test('a piece may be used again by who gave it', () => {
  const masking = createMasker([bytes('hunter2')]).begin()
  const piece = bytes('xhunt')
  expect(masking.push(piece).toString()).toBe('x')
  piece.fill(0)
  expect(masking.push(bytes('ing')).toString()).toBe('hunting')
})

describe('whatever the values and the text', () => {
  const letters = fc.string({unit: fc.constantFrom('a', 'b', 'c', '\0'), minLength: 0, maxLength: 12})
  const values = fc.array(letters, {minLength: 1, maxLength: 4})
  const text = fc.tuple(values, fc.array(fc.oneof(letters, fc.nat(3)), {maxLength: 8})).map(([known, parts]) => ({
    known,
    text: parts.map((part) => (typeof part === 'number' ? (known[part] ?? '') : part)).join(''),
  }))

  test('no value of four bytes is left, and in pieces it is the same', () => {
    fc.assert(
      fc.property(text, fc.array(fc.integer({min: 1, max: 7})), ({known, text: all}, sizes) => {
        const whole = masked(known, all)
        for (const value of known) if (value.length >= 4) expect(whole).not.toContain(value)
        const pieces: string[] = []
        let at = 0
        for (const size of sizes) {
          pieces.push(all.slice(at, at + size))
          at += size
        }
        expect(masked(known, ...pieces, all.slice(at))).toBe(whole)
      }),
      {numRuns: 1000},
    )
  })

  test('what belongs to no value is as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.string({minLength: 4, unit: fc.constantFrom('x', 'y')})), letters, (known, all) => {
        expect(masked(known, all)).toBe(all)
      }),
    )
  })

  test('each form of a value is masked whole, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.string({unit: 'binary', minLength: 4, maxLength: 600}), fc.nat(), (value, cut) => {
        fc.pre(Buffer.byteLength(value) >= 4 && value.isWellFormed())
        const forms = [
          value,
          Buffer.from(value).toString('base64'),
          Buffer.from(value).toString('base64url'),
          encodeURIComponent(value),
          JSON.stringify(value).slice(1, -1),
        ]
        for (const form of forms) {
          const all = Buffer.from(`<${form}>`)
          const at = cut % all.length
          expect(masked([value], all.subarray(0, at), all.subarray(at))).toBe('<***>')
        }
      }),
    )
  })
})
