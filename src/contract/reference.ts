import {isKey, isScope, MAX_KEY, MAX_SCOPE} from './name-rules.ts'

/** A field of a secret that has several. */
export const fieldPattern = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/
export const MAX_FIELD = 64
export const FIELD_RULE = 'letters, digits, "_" or "-", beginning with a letter or "_", at most 64 characters'
export const isField = (text: string): boolean => fieldPattern.test(text)

/**
 * What a reference points at: a secret by its place or by its id, or, where a template is filled from an environment, the
 * key under which that gives it.
 */
export type ReferenceTarget = {scope: string; key: string} | {id: number} | {key: string; scope?: undefined}

/** `${secret.TARGET}` or `${secret.TARGET.FIELD}`; a null field is the whole value. */
export interface Reference {
  target: ReferenceTarget
  field: string | null
}

/** Literal text, or a reference. */
export type Part = string | Reference

/** What is wrong in a template, and where: the offset, in UTF-16 units, of its `$`. It repeats nothing of the text. */
export interface TemplateProblem {
  at: number
  why: string
}

export type Template = {parts: Part[]; problems?: undefined} | {parts?: undefined; problems: TemplateProblem[]}

/** Dollars right before `{secret.` alone mean anything: all other text, other `${…}` too, is what it is. */
const OPENING = '{secret.'
const MAX_INSIDE = MAX_SCOPE + 1 + MAX_KEY + 1 + MAX_FIELD

/**
 * The parts of a text with references: no empty text, no two texts side by side. `$${secret.` is a literal `${secret.`:
 * of the dollars before `{secret.` each pair is one, and one that is left over begins a reference. Takes time by the
 * text's length. `keys: true` takes `${secret.KEY}` too, which means something in an environment alone.
 */
export function parseTemplate(text: string, {keys = false}: {keys?: boolean} = {}): Template {
  const parts: Part[] = []
  const problems: TemplateProblem[] = []
  let literal = ''
  let done = 0
  for (let open = text.indexOf(OPENING); open !== -1; open = text.indexOf(OPENING, Math.max(done, open + 1))) {
    let first = open
    while (first > done && text[first - 1] === '$') first -= 1
    const dollars = open - first
    literal += text.slice(done, first + Math.floor(dollars / 2))
    done = open
    if (dollars % 2 === 0) continue
    const found = referenceAt(text, open + OPENING.length, keys)
    if (typeof found === 'string') {
      problems.push({at: open - 1, why: found})
      continue
    }
    if (literal !== '') parts.push(literal)
    parts.push(found.reference)
    literal = ''
    done = found.end
  }
  literal += text.slice(done)
  if (literal !== '') parts.push(literal)
  return problems.length > 0 ? {problems} : {parts}
}

/** The text that `parseTemplate` takes apart into these parts. */
export function formatTemplate(parts: readonly Part[]): string {
  let text = ''
  let literal = ''
  const write = (end: RegExp) => {
    text += literal.replace(end, '$&$&')
    literal = ''
  }
  for (const part of parts) {
    if (typeof part === 'string') {
      literal += part
      continue
    }
    write(/\$+(?=\{secret\.|$)/g)
    text += formatReference(part)
  }
  write(/\$+(?=\{secret\.)/g)
  return text
}

/** A reference as it is written: `${secret.production/DB.password}`. */
export const formatReference = ({target, field}: Reference): string =>
  `\${secret.${formatTarget(target)}${field === null ? '' : `.${field}`}}`

const formatTarget = (target: ReferenceTarget): string => {
  if ('id' in target) return `id:${target.id}`
  return target.scope === undefined ? target.key : `${target.scope}/${target.key}`
}

/** The reference whose inside begins at `from`, and where the text goes on; else what is wrong with it. */
function referenceAt(text: string, from: number, keys: boolean): {reference: Reference; end: number} | string {
  const length = text.slice(from, from + MAX_INSIDE + 1).indexOf('}')
  if (length === -1) return 'the reference is not closed by "}"'
  const reference = referenceIn(text.slice(from, from + length), keys)
  return typeof reference === 'string' ? reference : {reference, end: from + length + 1}
}

function referenceIn(inside: string, keys: boolean): Reference | string {
  const slash = inside.lastIndexOf('/')
  // A key holds no dot, so the first one behind the last slash ends it.
  const dot = inside.indexOf('.', slash + 1)
  const name = dot === -1 ? inside.slice(slash + 1) : inside.slice(slash + 1, dot)
  const field = dot === -1 ? null : inside.slice(dot + 1)
  if (field !== null && !isField(field)) return `the field is not right: it is ${FIELD_RULE}`
  if (slash === -1) {
    if (name.startsWith('id:')) return idIn(name.slice('id:'.length), field)
    if (keys && isKey(name)) return {target: {key: name}, field}
    return `a reference is ${keys ? '${secret.KEY}, ' : ''}\${secret.SCOPE/KEY} or \${secret.id:NUMBER}, each with .FIELD if it has fields`
  }
  const scope = inside.slice(0, slash)
  if (!isScope(scope)) return 'the scope of the reference is no scope'
  if (!isKey(name)) return 'the key of the reference is no key'
  return {target: {scope, key: name}, field}
}

function idIn(digits: string, field: string | null): Reference | string {
  const id = Number(digits)
  if (!/^[1-9]\d*$/.test(digits) || !Number.isSafeInteger(id)) return 'the id of the reference is no id: it is a number'
  return {target: {id}, field}
}
