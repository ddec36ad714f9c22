import {describe, expect, test} from 'vitest'
import {decideBy} from '../../../src/contract/decide.ts'
import type {RuleSpec} from '../../../src/contract/policy-file.ts'
import type {Effect, OperationState, PolicyRule, Selector} from '../../../src/contract/routes/policy.ts'
import {loosens, policyDiff} from '../../../src/lib/command/policy-diff.ts'

const all: Selector = {by: 'all'}
const secrets: Selector = {by: 'category', name: 'secrets'}
const set: Selector = {by: 'operation', name: 'secrets.set'}
const locked = (selector: Selector, reason: string | null = null): RuleSpec => ({selector, effect: 'cli-only', reason})
const open = (selector: Selector): RuleSpec => ({selector, effect: 'enabled', reason: null})

const kind = {category: 'secrets', sensitivity: 'plaintext'} as const

interface Row {
  name: string
  inForce: RuleSpec[]
  asked: RuleSpec[]
  rules: number
  flips: Effect[]
  loosens: boolean
}

const rows: Row[] = [
  {name: 'nothing', inForce: [locked(all)], asked: [locked(all)], rules: 0, flips: [], loosens: false},
  {
    name: 'another order',
    inForce: [locked(all), open(set)],
    asked: [open(set), locked(all)],
    rules: 0,
    flips: [],
    loosens: false,
  },
  {name: 'a lock added', inForce: [], asked: [locked(set)], rules: 1, flips: ['cli-only'], loosens: false},
  {name: 'a lock removed', inForce: [locked(set)], asked: [], rules: 1, flips: ['enabled'], loosens: true},
  {name: 'a lock made wider', inForce: [locked(set)], asked: [locked(all)], rules: 2, flips: [], loosens: true},
  {
    name: 'a lock removed that was outvoted',
    inForce: [locked(all), locked(set)],
    asked: [locked(all)],
    rules: 1,
    flips: [],
    loosens: true,
  },
  {
    name: 'an unlock added that is outvoted',
    inForce: [locked(set)],
    asked: [locked(set), open(secrets)],
    rules: 1,
    flips: [],
    loosens: true,
  },
  {
    name: 'an unlock removed',
    inForce: [locked(all), open(set)],
    asked: [locked(all)],
    rules: 1,
    flips: ['cli-only'],
    loosens: false,
  },
  {name: 'a lock turned', inForce: [locked(set)], asked: [open(set)], rules: 1, flips: ['enabled'], loosens: true},
  {name: 'an unlock turned', inForce: [open(set)], asked: [locked(set)], rules: 1, flips: ['cli-only'], loosens: false},
  {name: 'another reason', inForce: [locked(set, 'a')], asked: [locked(set, 'b')], rules: 1, flips: [], loosens: false},
]

describe.each(rows)('$name', ({inForce, asked, rules, flips, loosens: expected}) => {
  const stamped = inForce.map(
    (rule): PolicyRule => ({...rule, createdAt: '2026-11-24T09:30:00.000Z', createdBy: 'owner'}),
  )
  const operation: OperationState = {
    operation: 'secrets.set',
    ...kind,
    label: '',
    cli: [],
    effect: decideBy(inForce, 'secrets.set', kind).effect,
    decidedBy: null,
  }
  const diff = policyDiff({rules: stamped, operations: [operation]}, asked)

  test('is seen', () => {
    expect(diff.rules.length).toBe(rules)
    expect(diff.operations.map((state) => state.effect)).toEqual(flips)
  })

  test(`lets the dashboard do ${expected ? 'more' : 'no more'}`, () => expect(loosens(diff)).toBe(expected))
})
