import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {type OperationEntry, registry} from '../../../src/contract/operations.ts'
import {decide, type Rule} from '../../../src/server/policy/decide.ts'

const rule = (selector_by: Rule['selector_by'], selector_name: string, effect: Rule['effect']): Rule => ({
  selector_by,
  selector_name,
  effect,
})
const set = registry.get('secrets.set')!

describe('which rule decides secrets.set', () => {
  test.each<[string, Rule[], string, string | null]>([
    ['no rule', [], 'enabled', null],
    ['a rule for all', [rule('all', '', 'cli-only')], 'cli-only', 'all'],
    ['a rule for another operation', [rule('operation', 'secrets.delete', 'cli-only')], 'enabled', null],
    [
      'the operation over its category',
      [rule('category', 'secrets', 'cli-only'), rule('operation', 'secrets.set', 'enabled')],
      'enabled',
      'operation',
    ],
    [
      'the category over all',
      [rule('all', '', 'cli-only'), rule('category', 'secrets', 'enabled')],
      'enabled',
      'category',
    ],
    [
      'cli-only between category and sensitivity',
      [rule('category', 'secrets', 'enabled'), rule('sensitivity', 'plaintext', 'cli-only')],
      'cli-only',
      'sensitivity',
    ],
    [
      'cli-only between sensitivity and category',
      [rule('sensitivity', 'plaintext', 'enabled'), rule('category', 'secrets', 'cli-only')],
      'cli-only',
      'category',
    ],
  ])('%s', (_, rules, effect, by) => {
    const decision = decide(rules, 'secrets.set', set)
    expect([decision.effect, decision.decidedBy?.by ?? null]).toEqual([effect, by])
  })

  test('an operation that an upgrade adds is locked by the sensitivity that was locked before', () => {
    const added: OperationEntry = {
      ...set,
      category: 'certificates',
      label: 'Issue a certificate',
      cli: ['certificate', 'issue'],
    }
    expect(decide([rule('sensitivity', 'plaintext', 'cli-only')], 'certificates.issue', added).effect).toBe('cli-only')
  })

  test('the order of rules does not matter', () => {
    const some = fc.uniqueArray(
      fc.record({
        selector_by: fc.constantFrom<Rule['selector_by']>('operation', 'category', 'sensitivity', 'all'),
        effect: fc.constantFrom<Rule['effect']>('cli-only', 'enabled'),
      }),
      {selector: (r) => r.selector_by},
    )
    const names = {operation: 'secrets.set', category: 'secrets', sensitivity: 'plaintext', all: ''}
    fc.assert(
      fc.property(some, (picked) => {
        const rules = picked.map((r) => rule(r.selector_by, names[r.selector_by], r.effect))
        expect(decide(rules.toReversed(), 'secrets.set', set).effect).toBe(decide(rules, 'secrets.set', set).effect)
      }),
    )
  })
})
