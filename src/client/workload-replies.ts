import {Buffer} from 'node:buffer'
import {isKey, isOrg, isScope} from '../contract/name-rules.ts'
import {SecretValue} from '../formats/secret-value.ts'

// Each takes what a body says, or gives null; nothing is taken on trust. By hand, since a workload holds no package.

/** What an environment gives a workload, sorted by key bytewise, each key once. */
export interface Resolved {
  org: string
  environment: string
  /** Another one as soon as anything here is another. */
  etag: string
  items: ResolvedItem[]
  /** Names that were declared and have no value, where nothing else gives the key. */
  missing: {key: string; scope: string}[]
}

export interface ResolvedItem {
  /** Of the name, whatever it is called. */
  id: number
  key: string
  /** Where the value comes from. */
  scope: string
  version: number
  kind: 'secret' | 'variable'
  /** What the bytes are: see `src/contract/value-type.ts`. */
  type: 'string' | 'file' | 'fields' | 'totp'
  value: SecretValue
}

/** Who a workload is to the server. */
export interface Workload {
  org: string
  environment: string
  /** What fills the patterns of bindings. */
  agentId: string
  host: string | null
  labels: Record<string, string>
  /** ISO 8601; null: never. */
  expiresAt: string | null
}

type Fields = Record<string, unknown>

const isObject = (given: unknown): given is Fields =>
  typeof given === 'object' && given !== null && !Array.isArray(given)
const isOneOf = <T extends string>(known: readonly T[], given: unknown): given is T => known.includes(given as T)
const isEtag = (given: unknown): given is string => typeof given === 'string' && /^[\x21\x23-\x7e]{1,128}$/.test(given)

/** What `resolve` answers. */
export function resolvedFrom(body: unknown): Resolved | null {
  if (!isObject(body)) return null
  const {org, environment, etag, items, missing = []} = body
  if (!isPlace(org, environment) || !isEtag(etag) || !Array.isArray(items) || !Array.isArray(missing)) return null
  const checked = items.map(itemFrom).filter((item) => item !== null)
  const keys = new Set(checked.map(({key}) => key))
  if (keys.size !== items.length) return null
  return {org: String(org), environment: String(environment), etag, items: checked, missing: missing.filter(isNamed)}
}

/** What only tells of something is left out when it is of a form that is not known. */
const isNamed = (given: unknown): given is {key: string; scope: string} =>
  isObject(given) && typeof given.key === 'string' && isKey(given.key) && isText(given.scope) && isScope(given.scope)

const isPlace = (org: unknown, environment: unknown): boolean =>
  typeof org === 'string' && isOrg(org) && typeof environment === 'string' && isScope(environment)

const KINDS = ['secret', 'variable'] as const
const TYPES = ['string', 'file', 'fields', 'totp'] as const

function itemFrom(given: unknown): ResolvedItem | null {
  if (!isObject(given)) return null
  const {id, key, scope, version, kind, type} = given
  const value = valueFrom(given.value)
  if (typeof key !== 'string' || !isKey(key) || typeof scope !== 'string' || !isScope(scope) || value === null)
    return null
  if (!Number.isSafeInteger(id) || !Number.isSafeInteger(version)) return null
  if (!isOneOf(KINDS, kind) || !isOneOf(TYPES, type)) return null
  return {id: id as number, key, scope, version: version as number, kind, type, value}
}

function valueFrom(given: unknown): SecretValue | null {
  if (!isObject(given) || typeof given.data !== 'string') return null
  const {encoding, data} = given
  const isText = encoding === 'utf8' && data.isWellFormed()
  const isBase64 = encoding === 'base64' && data.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(data)
  return isText || isBase64 ? new SecretValue(Buffer.from(data, encoding as 'utf8' | 'base64')) : null
}

/** What `changes` answers. */
export function changesFrom(body: unknown): {etag: string; changed: boolean} | null {
  if (!isObject(body) || !isEtag(body.etag) || typeof body.changed !== 'boolean') return null
  return {etag: body.etag, changed: body.changed}
}

const isText = (given: unknown): given is string => typeof given === 'string'

/** What `whoami` answers. */
export function workloadFrom(body: unknown): Workload | null {
  if (!isObject(body)) return null
  const {org, environment, agentId, host, labels, expiresAt} = body
  if (!isPlace(org, environment) || !isText(agentId) || !(host === null || isText(host))) return null
  if (!isObject(labels) || !Object.values(labels).every(isText)) return null
  if (!(expiresAt === null || isText(expiresAt))) return null
  return {
    org: String(org),
    environment: String(environment),
    agentId,
    host,
    labels: labels as Workload['labels'],
    expiresAt,
  }
}
