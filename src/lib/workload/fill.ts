import {isUtf8} from 'node:buffer'
import {PosternError} from '../../client/error.ts'
import type {ResolvedItem} from '../../client/workload.ts'
import {formatReference, parseTemplate, type Reference} from '../../contract/reference.ts'

interface Given {
  byKey: ReadonlyMap<string, ResolvedItem>
  byId: ReadonlyMap<number, ResolvedItem>
}

/**
 * A text with what its references name, from what an environment gives: `${secret.KEY}`, `${secret.SCOPE/KEY}`,
 * `${secret.id:N}`, each with `.FIELD`. @throws PosternError `usage`, `not_found`, naming the line of each that cannot be filled; nothing is filled then.
 */
export function fill(text: string, items: readonly ResolvedItem[], environment: string): string {
  const {parts, problems} = parseTemplate(text, {keys: true})
  const lineOf = (at: number) => text.slice(0, at).split('\n').length
  if (problems !== undefined)
    throw new PosternError(
      'usage',
      `The template is not right:\n${problems.map(({at, why}) => `  line ${lineOf(at)}: ${why}`).join('\n')}`,
    )
  const given = {
    byKey: new Map(items.map((item) => [item.key, item])),
    byId: new Map(items.map((item) => [item.id, item])),
  }
  const wrong: string[] = []
  const filled = parts.map((part) => {
    if (typeof part === 'string') return part
    const value = textFor(part, given)
    if ('text' in value) return value.text
    const reference = formatReference(part)
    wrong.push(`  line ${lineOf(text.indexOf(reference))}: ${reference} ${value.why}`)
    return ''
  })
  if (wrong.length === 0) return filled.join('')
  throw new PosternError(
    'not_found',
    `The environment ${environment} does not fill the template:\n${[...new Set(wrong)].join('\n')}`,
    {
      next: `postern environment explain ${environment}   (shows what it gives)`,
    },
  )
}

function textFor({target, field}: Reference, {byKey, byId}: Given): {text: string} | {why: string} {
  const item = 'id' in target ? byId.get(target.id) : byKey.get(target.key)
  if (item === undefined) return {why: 'is not given'}
  if ('scope' in target && target.scope !== undefined && target.scope !== item.scope)
    return {why: `is given from the scope ${item.scope}`}
  const bytes = item.value.bytes()
  if (!isUtf8(bytes)) return {why: 'is not text in UTF-8'}
  const text = bytes.toString('utf8')
  if (field === null || (item.type === 'totp' && field === 'code')) return {text}
  const fields = item.type === 'fields' ? (JSON.parse(text) as Record<string, string>) : {}
  return Object.hasOwn(fields, field) ? {text: fields[field]!} : {why: 'has no such field'}
}
