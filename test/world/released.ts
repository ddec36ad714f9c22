import {expect} from 'vitest'
import type {Tokens} from './fill.ts'
import {type Answer, request} from './request.ts'
import type {RunningServer} from './server.ts'
import type {StoredVersion} from './stored.ts'

/** What a kept release is known to hold: manifest.json beside it. */
export interface Manifest {
  version: string
  engine: 'sqlite' | 'postgres'
  /** The newest step of its schema. */
  step: string
  tokens: Tokens
  /** What its server answered, without what changes with time. */
  answers: {token: keyof Tokens; path: string; status: number; body: unknown}[]
  /** All that was stored, opened. */
  values: StoredVersion[]
}

const reads: Partial<Record<keyof Tokens, string[]>> = {
  owner: [
    '/whoami',
    '/orgs/default/secrets?scope=production',
    '/orgs/default/secrets?scope=my-saas&recursive=true',
    '/orgs/default/secrets/DB_PASSWORD/history?scope=production',
    '/orgs/default/secrets/GONE/history?scope=production',
    '/orgs/default/secrets/DB_PASSWORD/facts?scope=production',
    '/orgs/default/variables?scope=production',
    '/orgs/default/variables/LOG_LEVEL?scope=production',
    '/orgs/default/variables/LOG_LEVEL/history?scope=production',
    '/orgs/default/variables/REGION?scope=production',
    '/orgs/default/scopes',
    '/orgs/default/policy',
    '/orgs/default/tokens',
    '/orgs/default/roles',
    '/orgs/default/limits',
    '/orgs/default/keys',
    '/orgs/default/organizations',
    '/orgs/default/audit/segments',
  ],
  bound: ['/whoami', '/orgs/default/secrets?scope=my-saas&recursive=true', '/orgs/default/secrets?scope=production'],
  auditor: ['/whoami'],
  revoked: ['/whoami'],
  expired: ['/whoami'],
  acme: ['/whoami', '/orgs/acme/limits', '/orgs/acme/variables/LIMIT?scope=production', '/orgs/default/scopes'],
}

/** What a server answers to all that a release is asked. */
export async function answersOf(server: RunningServer, tokens: Tokens): Promise<Manifest['answers']> {
  const answers: Manifest['answers'] = []
  for (const [token, paths] of Object.entries(reads) as [keyof Tokens, string[]][])
    for (const path of paths) {
      const {status, json} = await get(server, tokens[token], path)
      answers.push({token, path, status, body: lasting(status, json)})
    }
  return answers
}

export const get = ({url, ca}: Pick<RunningServer, 'url' | 'ca'>, token: string, path: string): Promise<Answer> =>
  request(url, `/admin/v1${path}`, ca, {headers: {authorization: `Bearer ${token}`}})

/** What is another one each time, or with time, or with the version. */
const passing = ['requestId', 'lastUsedAt', 'lastReadAt', 'lastReadBy', 'serverVersion']

/** What later versions answer the same; of a refusal, its code. */
const lasting = (status: number, body: Record<string, unknown>): unknown =>
  status === 200
    ? JSON.parse(JSON.stringify(body, (key, value) => (passing.includes(key) ? undefined : value)))
    : {code: body.code}

/** What a later version may have more of. */
const growing = ['permissions', 'operations', 'items']

/** What an answer of a later version must hold: it may have more fields, and more of what grows. */
export function holding(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(holding)
  if (typeof answer !== 'object' || answer === null) return answer
  const fields = Object.entries(answer).map(([name, value]) => [
    name,
    growing.includes(name) ? expect.arrayContaining((value as unknown[]).map(holding)) : holding(value),
  ])
  return expect.objectContaining(Object.fromEntries(fields))
}
