import {isScope, MAX_SCOPE, MAX_SEGMENTS, SEGMENT} from './name-rules.ts'

/** What was said of a workload when its credential was made; a request cannot name any of it. */
export interface Claims {
  agentId: string
  host: string | null
  labels: Readonly<Record<string, string>>
}

const LABEL = '(?!__proto__)[A-Za-z0-9_][A-Za-z0-9._-]{0,62}'
const PLACEHOLDER = `\\$\\{(?:agentId|host|label:${LABEL})\\}`
const PART = `(?:${SEGMENT}|\\*|${PLACEHOLDER})`

/** A scope pattern whose segments may be `${agentId}`, `${host}` or `${label:NAME}`. */
export const bindingPatternPattern = new RegExp(`^(?:\\*\\*|${PART}(?:/${PART}){0,${MAX_SEGMENTS - 1}}(?:/\\*\\*)?)$`)

export const BINDING_PATTERN_RULE =
  'a scope in which * stands for one segment, a last /** for it and all below, and ${agentId}, ${host} or ${label:NAME} for what was said of the workload, as in aws/${host}/**'

export const isBindingPattern = (text: string): boolean => text.length <= MAX_SCOPE && bindingPatternPattern.test(text)

/** The name of a label. */
export const labelPattern = new RegExp(`^${LABEL}$`)

/** The scope pattern that speaks of all that a binding's may speak of, whatever it is filled with. */
export const widestOf = (pattern: string): string =>
  pattern
    .split('/')
    .map((segment) => (segment.startsWith('${') ? '*' : segment))
    .join('/')

/** What may stand for one segment: nothing that means more than itself. */
const LITERAL = /^[A-Za-z0-9._-]+$/

/**
 * A binding's pattern for a workload, each placeholder filled as one literal segment. Null: a claim is missing or is more
 * than one segment can hold, so the binding gives nothing.
 */
export function fillPattern(pattern: string, claims: Claims): string | null {
  const filled: string[] = []
  for (const segment of pattern.split('/')) {
    const value = segment.startsWith('${') ? claimOf(segment.slice(2, -1), claims) : segment
    if (value === null) return null
    filled.push(value)
  }
  const text = filled.join('/')
  return text.length <= MAX_SCOPE ? text : null
}

function claimOf(name: string, {agentId, host, labels}: Claims): string | null {
  const label = name.startsWith('label:') ? name.slice('label:'.length) : null
  const value =
    label !== null ? (Object.hasOwn(labels, label) ? labels[label]! : null) : name === 'host' ? host : agentId
  // A segment that could be none of a scope (`.`, `..`, `-x`) is held against none.
  return value !== null && LITERAL.test(value) && isScope(value) ? value : null
}

/** The most characters of a host, and of a pattern of hosts. */
export const MAX_HOST = 253

/** A host, as a workload is said to run on. */
export const hostPattern = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/
export const HOST_RULE = 'letters, digits, ".", "_" and "-", as in web-1.example.com, at most 253 characters'
export const isHost = (text: string): boolean => text.length <= MAX_HOST && hostPattern.test(text)

/** A host, a glob over hosts, `/REGULAR EXPRESSION/`, or `**` for any or none. */
export const hostsPattern = /^(?:\*\*|[A-Za-z0-9._*?-]+|\/[!-~]+\/)$/
export const HOSTS_RULE =
  'a host, a glob in which * stands for any text and ? for one character, a regular expression between slashes, or ** for all; at most 253 characters'
export const isHosts = (text: string): boolean => text.length <= MAX_HOST && hostsPattern.test(text)

/** How specific a pattern of hosts is: 2 names one, 1 is a glob or a regular expression, 0 is all. */
export const hostRank = (hosts: string): 0 | 1 | 2 => (hosts === '**' ? 0 : /[*?]|^\//.test(hosts) ? 1 : 2)
