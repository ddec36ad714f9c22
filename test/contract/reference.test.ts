import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {
  formatReference,
  formatTemplate,
  type Part,
  parseTemplate,
  type Reference,
} from '../../src/contract/reference.ts'

const to = (scope: string, key: string, field: string | null = null): Reference => ({target: {scope, key}, field})
const byId = (id: number, field: string | null = null): Reference => ({target: {id}, field})

describe('a text with references', () => {
  test.each<[string, Part[]]>([
    ['', []],
    ['no reference at all', ['no reference at all']],
    ['${secret.production/DB}', [to('production', 'DB')]],
    ['${secret.production/DB.password}', [to('production', 'DB', 'password')]],
    ['${secret.my-saas/prod.eu/DB.user-name_2}', [to('my-saas/prod.eu', 'DB', 'user-name_2')]],
    ['${secret.id/KEY}', [to('id', 'KEY')]],
    ['${secret.id:12}', [byId(12)]],
    ['${secret.id:12.token}', [byId(12, 'token')]],
    ['${secret.secret.x/KEY}', [to('secret.x', 'KEY')]],
    [
      'https://${secret.p/USER}:${secret.p/PASSWORD}@db/',
      ['https://', to('p', 'USER'), ':', to('p', 'PASSWORD'), '@db/'],
    ],
    ['${secret.p/A}${secret.p/A}', [to('p', 'A'), to('p', 'A')]],
    ['${secret.p/A}}', [to('p', 'A'), '}']],
  ])('%j', (text, parts) => {
    expect(parseTemplate(text)).toEqual({parts})
    expect(formatTemplate(parts)).toBe(text)
  })

  test.each<[string, Part[]]>([
    ['$', ['$']],
    ['$$', ['$$']],
    ['costs $5, $${HOME}, ${HOME}, $HOME', ['costs $5, $${HOME}, ${HOME}, $HOME']],
    ['${secrets.p/A} ${secret} ${Secret.p/A}', ['${secrets.p/A} ${secret} ${Secret.p/A}']],
    ['{secret.p/A}', ['{secret.p/A}']],
    ['$${secret.p/A}', ['${secret.p/A}']],
    ['$${secret.', ['${secret.']],
    ['$$${secret.p/A}', ['$', to('p', 'A')]],
    ['$$$${secret.p/A}', ['$${secret.p/A}']],
    ['${secret.p/A}$${secret.p/A}', [to('p', 'A'), '${secret.p/A}']],
    ['${secret.p/A}{secret.p/A}', [to('p', 'A'), '{secret.p/A}']],
    ['$ ${secret.p/A}', ['$ ', to('p', 'A')]],
  ])('takes the dollars of %j as what they are', (text, parts) => {
    expect(parseTemplate(text)).toEqual({parts})
    expect(formatTemplate(parts)).toBe(text)
  })

  test.each<[string, number, RegExp]>([
    ['${secret.', 0, /closed/],
    ['a ${secret.p/A', 2, /closed/],
    ['${secret.}', 0, /a reference is/],
    ['${secret.KEY}', 0, /a reference is/],
    ['${secret.p/}', 0, /key/],
    ['${secret./A}', 0, /scope/],
    ['${secret.p//A}', 0, /scope/],
    ['${secret.../A}', 0, /scope/],
    ['${secret.p/../A}', 0, /scope/],
    ['${secret.p/ A}', 0, /key/],
    ['${secret.p/A }', 0, /key/],
    ['${secret.p/A-B}', 0, /key/],
    ['${secret.p/A.}', 0, /field/],
    ['${secret.p/A.b.c}', 0, /field/],
    ['${secret.p/A.1}', 0, /field/],
    [`\${secret.p/A.${'f'.repeat(65)}}`, 0, /field/],
    [`\${secret.${'p'.repeat(256)}/A}`, 0, /scope/],
    [`\${secret.${'p/'.repeat(17)}A}`, 0, /scope/],
    [`\${secret.p/${'A'.repeat(256)}}`, 0, /key/],
    [`\${secret.p/${'A'.repeat(600)}}`, 0, /closed/],
    ['${secret.id:}', 0, /id/],
    ['${secret.id:0}', 0, /id/],
    ['${secret.id:01}', 0, /id/],
    ['${secret.id:1e3}', 0, /id/],
    ['${secret.id:-1}', 0, /id/],
    ['${secret.id:9007199254740992}', 0, /id/],
    ['${secret.ID:1}', 0, /a reference is/],
    ['${secret.p\n/A}', 0, /scope/],
    ['${secret.ｐ/A}', 0, /scope/],
    ['${secret.${secret.p/A}}', 0, /scope/],
    ['$$${secret.p}', 2, /a reference is/],
  ])('refuses %j at %i', (text, at, why) => {
    const {problems} = parseTemplate(text)
    expect(problems?.[0]).toEqual({at, why: expect.stringMatching(why)})
    // Nothing that was typed is repeated: the sentence is one of ours.
    expect(problems?.[0]?.why).not.toContain('p/A')
  })

  test('names every wrong reference', () => {
    const {problems} = parseTemplate('${secret.a} ${secret.p/A} $${secret.b} ${secret.c')
    expect(problems?.map(({at}) => at)).toEqual([0, 39])
  })

  test('takes a key alone where an environment gives it', () => {
    expect(parseTemplate('${secret.DB}/${secret.DB.user}/${secret.p/DB}', {keys: true})).toEqual({
      parts: [
        {target: {key: 'DB'}, field: null},
        '/',
        {target: {key: 'DB'}, field: 'user'},
        '/',
        {target: {scope: 'p', key: 'DB'}, field: null},
      ],
    })
    expect(parseTemplate('${secret.id}', {keys: true})).toEqual({parts: [{target: {key: 'id'}, field: null}]})
    expect(parseTemplate('${secret.d-b}', {keys: true}).problems).toHaveLength(1)
  })
})

const letters = (characters: string, maxLength = 5) =>
  fc.array(fc.constantFrom(...characters), {minLength: 1, maxLength}).map((all) => all.join(''))
const segment = letters('aB_7').chain((head) => letters('aB_7.-').map((tail) => `${head}${tail}`))
const scope = fc.array(segment, {minLength: 1, maxLength: 4}).map((segments) => segments.join('/'))
const key = letters('AB_').chain((head) => letters('aB_7').map((tail) => `${head}${tail}`))
const field = fc.option(letters('ab_').chain((head) => letters('ab_-7').map((tail) => `${head}${tail}`)))
const target = fc.oneof(
  fc.record({scope, key}),
  fc.record({id: fc.integer({min: 1, max: Number.MAX_SAFE_INTEGER})}),
  fc.record({key}),
)
const reference: fc.Arbitrary<Reference> = fc.record({target, field})
/** Texts that are all but references. */
const hostile = fc
  .array(
    fc.constantFrom('$', '$$', '{', '{secret.', '${secret.', 'p/A', '}', '.', 'id:', '1', '/', ' ', 'é', '\0', '💥'),
    {
      maxLength: 12,
    },
  )
  .map((all) => all.join(''))

/** As a parser gives them: no empty text, no two side by side. */
const joined = (parts: readonly Part[]): Part[] => {
  const all: Part[] = []
  for (const part of parts) {
    const last = all.at(-1)
    if (typeof part === 'string' && typeof last === 'string') all[all.length - 1] = last + part
    else if (part !== '') all.push(part)
  }
  return all
}

describe('any template', () => {
  const parts = fc.array(fc.oneof(hostile, fc.string({unit: 'binary'}), reference), {maxLength: 8})

  test('that is written and read again is the same', () => {
    fc.assert(
      fc.property(parts, (given) => {
        expect(parseTemplate(formatTemplate(given), {keys: true})).toEqual({parts: joined(given)})
      }),
    )
  })

  test('is taken apart or refused, and what is taken apart means what was written', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const parsed = parseTemplate(text, {keys: true})
        if (parsed.problems !== undefined) {
          expect(parsed.problems.every(({at}) => text.startsWith('${secret.', at))).toBe(true)
          return
        }
        expect(joined(parsed.parts)).toEqual(parsed.parts)
        expect(formatTemplate(parsed.parts)).toBe(text)
      }),
    )
  })

  test('without "{secret." is its own text', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string()), (text) => {
        if (!text.includes('{secret.') && text !== '') expect(parseTemplate(text)).toEqual({parts: [text]})
      }),
    )
  })

  test('is read in a time that grows as its length does', () => {
    const took = (text: string) => {
      const began = performance.now()
      parseTemplate(text)
      return performance.now() - began
    }
    for (const text of ['$', '{secret.', '${secret.', '${secret.p/A}', '$$${secret.p/A}', '${secret.p/'])
      expect(took(text.repeat(300_000))).toBeLessThan(5_000)
  })
})

test('a reference alone is written as it is read', () => {
  fc.assert(
    fc.property(reference, (given) => {
      expect(parseTemplate(formatReference(given), {keys: true})).toEqual({parts: [given]})
    }),
  )
})
