import {expect, test} from 'vitest'
import type {RuleSpec} from '../../../src/contract/policy-file.ts'
import {replaced} from '../../../src/server/policy/apply.ts'
import {differences, type Row} from '../../../src/server/policy/rules.ts'

const before: Row[] = [
  {
    org_id: 1,
    selector_by: 'all',
    selector_name: '',
    effect: 'cli-only',
    reason: null,
    created_at: 'then',
    created_by: 'ann',
  },
  {
    org_id: 1,
    selector_by: 'category',
    selector_name: 'secrets',
    effect: 'enabled',
    reason: 'A',
    created_at: 'then',
    created_by: 'ann',
  },
]
const all: RuleSpec = {selector: {by: 'all'}, effect: 'cli-only', reason: null}
const secrets: RuleSpec = {selector: {by: 'category', name: 'secrets'}, effect: 'enabled', reason: 'A'}
const fresh = {org_id: 1, created_at: 'now', created_by: 'bob'}

test.each<{asked: RuleSpec[]; by: string[]; audited: string[]}>([
  {asked: [all, secrets], by: ['ann', 'ann'], audited: []},
  {asked: [secrets, all], by: ['ann', 'ann'], audited: []},
  {asked: [all], by: ['ann'], audited: ['reset:category:secrets']},
  {asked: [], by: [], audited: ['reset:all', 'reset:category:secrets']},
  {asked: [all, {...secrets, effect: 'cli-only'}], by: ['ann', 'bob'], audited: ['lock:category:secrets']},
  {asked: [all, {...secrets, reason: 'B'}], by: ['ann', 'bob'], audited: ['unlock:category:secrets']},
  {
    asked: [{...all, selector: {by: 'operation', name: 'secrets.set'}}, secrets],
    by: ['bob', 'ann'],
    audited: ['reset:all', 'lock:operation:secrets.set'],
  },
])('$asked: whose each rule is then, and what is audited', ({asked, by, audited}) => {
  const after = replaced(before, asked, fresh)
  expect(after.map((rule) => rule.created_by)).toEqual(by)
  expect(differences(before, after)).toEqual(audited)
})
