import {fromWire} from '../../client/wire-value.ts'
import type {Client} from '../command/base.ts'
import type {Leaving} from './encode.ts'

/** What is to be written out: the secrets of a scope, or all that an environment gives. */
export type From = {scope: string} | {environment: string}

export const nameOf = (from: From): string => ('scope' in from ? from.scope : `the environment ${from.environment}`)

/** Has it revealed, without what gives another value each time, of which `warn` is told. */
export async function revealed(client: Client, from: From, warn: (text: string) => void): Promise<Leaving[]> {
  const params = {org: client.org}
  const {items} =
    'scope' in from
      ? await client.call('secretsReveal', {params, query: {scope: from.scope}})
      : await client.call('environmentsReveal', {params, query: {environment: from.environment}})
  for (const {key, type} of items) if (type === 'totp') warn(`${key} is left out: it gives another code each time.`)
  return items.flatMap(({key, type, value}) => (type === 'totp' ? [] : [{key, bytes: fromWire(value)}]))
}
