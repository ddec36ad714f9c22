import fc from 'fast-check'
import {expect, test} from 'vitest'
import type {AuditEntry} from '../../../src/contract/routes/audit.ts'
import {canonicalText} from '../../../src/formats/audit-chain.ts'
import {entryText} from '../../../src/server/gate/entry-text.ts'

const text = fc.string({unit: 'grapheme'})
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, {nil: null})
const entry = fc.record<AuditEntry>({
  time: text,
  format: fc.constant(1),
  previous: text,
  org: text,
  target: fc.record({version: fc.nat(), to: text, kind: text, scope: text, name: text}, {requiredKeys: ['kind']}),
  sequence: fc.maxSafeNat(),
  actor: fc.record({name: text, kind: text, id: text}),
  surface: fc.constantFrom('cli', 'dashboard', 'workload', 'server'),
  operation: text,
  outcome: fc.constantFrom('done', 'unchanged', 'disclosed', 'refused', 'failed'),
  code: maybe(text),
  reason: maybe(text),
  requestId: text,
  address: maybe(text),
})

test('the text of an entry is its canonical JSON, whatever order its fields come in', () => {
  fc.assert(
    fc.property(entry, (one) => {
      expect(entryText(one)).toBe(canonicalText(one))
    }),
  )
})
