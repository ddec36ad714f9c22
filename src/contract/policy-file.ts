import * as z from 'zod/mini'
import {MAX_NOTE, notePattern} from './name-rules.ts'
import {categories, registry, sensitivities} from './operations.ts'
import {type Effect, MAX_RULES, MAX_WORD, type PolicyRule, type Selector, wordPattern} from './routes/policy.ts'

/** A rule as it is asked for: without the stamp that the server gives it. */
export type RuleSpec = Pick<PolicyRule, 'selector' | 'effect' | 'reason'>

const offered = [...registry].filter(([, entry]) => entry.surfaces.includes('dashboard'))

// What an editor completes is in the schema as `enum`, beside the pattern that is checked: a newer server knows more.
const word = (known: readonly string[], description: string) =>
  z
    .string()
    .check(z.regex(wordPattern), z.maxLength(MAX_WORD))
    .register(z.globalRegistry, {description, enum: [...known].sort()})

const target = z.union([
  z.strictObject({
    operation: word(
      offered.map(([name]) => name),
      'One operation',
    ),
  }),
  z.strictObject({
    category: word(
      categories.filter((name) => offered.some(([, entry]) => entry.category === name)),
      'All operations of a category, later ones too',
    ),
  }),
  z.strictObject({sensitivity: word(sensitivities, 'All operations of a sensitivity, later ones too')}),
  z.strictObject({all: z.literal(true).register(z.globalRegistry, {description: 'All operations, later ones too'})}),
])
type Target = z.infer<typeof target>

const reason = z.optional(
  z
    .string()
    .check(z.minLength(1), z.maxLength(MAX_NOTE), z.regex(notePattern))
    .register(z.globalRegistry, {description: 'Why: a ticket, a control, a sentence'}),
)

/**
 * The policy as it is kept in git. Published as docs/formats/policy.schema.json, which `npm run generate` makes from this.
 * The rules are the whole of the policy: what the file does not say is no rule.
 */
export const policyFile = z
  .strictObject({
    version: z.literal(1).register(z.globalRegistry, {description: 'Of this format'}),
    rules: z
      .array(
        z.union([
          z
            .strictObject({lock: target, reason})
            .register(z.globalRegistry, {description: 'The CLI alone does these operations'}),
          z
            .strictObject({unlock: target, reason})
            .register(z.globalRegistry, {description: 'The dashboard does these operations too'}),
        ]),
      )
      .check(z.maxLength(MAX_RULES))
      .register(z.globalRegistry, {
        description: 'Every rule there is; the narrowest that speaks of an operation decides',
      }),
  })
  .register(z.globalRegistry, {
    title: 'Postern policy',
    description: 'What the dashboard may not do. Compare with `postern policy diff`, put in force with `policy apply`.',
  })
export type PolicyFile = z.infer<typeof policyFile>

/** The rules that a file asks for, in its order. */
export const rulesIn = ({rules}: PolicyFile): RuleSpec[] =>
  rules.map((rule) => ({
    selector: selectorIn('lock' in rule ? rule.lock : rule.unlock),
    effect: 'lock' in rule ? 'cli-only' : 'enabled',
    reason: rule.reason ?? null,
  }))

/** The file that asks for these rules, the widest first. */
export function fileOf(rules: readonly RuleSpec[]): PolicyFile {
  const inOrder = [...rules].sort((a, b) => (placeOf(a.selector) < placeOf(b.selector) ? -1 : 1))
  return {
    version: 1,
    rules: inOrder.map(({selector, effect, reason}) => ({
      ...said(effect, targetOf(selector)),
      ...(reason === null ? {} : {reason}),
    })),
  }
}

const said = (effect: Effect, target: Target) => (effect === 'cli-only' ? {lock: target} : {unlock: target})

const width = {all: 0, sensitivity: 1, category: 2, operation: 3} as const
const placeOf = (selector: Selector) => `${width[selector.by]} ${selector.by === 'all' ? '' : selector.name}`

const targetOf = (selector: Selector): Target =>
  (selector.by === 'all' ? {all: true} : {[selector.by]: selector.name}) as Target

function selectorIn(target: Target): Selector {
  if ('all' in target) return {by: 'all'}
  const [by, name] = Object.entries(target)[0]!
  return {by, name} as Selector
}
