import {PosternError} from '../../client/error.ts'
import {covers} from '../../contract/scope-pattern.ts'
import {allItems} from './all-pages.ts'
import type {Client} from './base.ts'

/** The most names that a sentence lists. */
const NAMED = 10

/** What a rename of `scope` takes from `count` tokens, in a sentence: with their names, for who may list tokens. */
export async function tokensLeft(client: Client, scope: string, count: number, now: Date): Promise<string> {
  const names = await boundTo(client, scope, now)
  const more = count > NAMED ? ` and ${count - NAMED} more` : ''
  const which = names.length === 0 ? '' : ` (${names.slice(0, NAMED).join(', ')}${more})`
  return `tokens bound to the old name, which reach nothing by it: ${count}${which}`
}

async function boundTo(client: Client, scope: string, now: Date): Promise<string[]> {
  const tokens = await allItems((cursor) =>
    client.call('tokensList', {params: {org: client.org}, query: {limit: 1000, cursor}}),
  ).catch((error: unknown) => {
    if (error instanceof PosternError && error.code === 'forbidden') return []
    throw error
  })
  return tokens
    .filter(({expiresAt}) => expiresAt === null || Date.parse(expiresAt) > now.getTime())
    .filter(({scopes}) => scopes?.some((pattern) => covers(`${scope}/**`, pattern)))
    .map(({name}) => name)
}
