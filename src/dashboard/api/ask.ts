import {call} from '../../client/call.ts'
import type {Input, Reply, Route} from '../../contract/route.ts'
import {type RouteName, type Routes, routes} from '../../contract/routes/index.ts'
import {carryCsrfToken, connection} from './connection.ts'

/** The routes that the dashboard's surface offers. */
export type Offered = {[N in RouteName]: 'dashboard' extends Routes[N]['surfaces'][number] ? N : never}[RouteName]

type OfVerb<V extends Route['verb']> = {[N in Offered]: Routes[N]['verb'] extends V ? N : never}[Offered]
export type ReadName = OfVerb<'read' | 'disclose'>
export type WriteName = OfVerb<'write'>

type Part<R, K extends string> = R extends {[k in K]: infer P} ? (P extends undefined ? object : {[k in K]: P}) : object

/** What a route takes, but for the organization: that is the session's. */
export type Asks<N extends RouteName> = {params?: Omit<Input<Routes[N]>['params'], 'org'>} & Partial<
  Part<Input<Routes[N]>, 'query'> & Part<Input<Routes[N]>, 'body'>
>

export type ReplyOf<N extends RouteName> = Reply<Routes[N]>

let org = 'default'
let actor: string | null = null

/** Calls a route as the session. @throws PosternError */
export const ask = <N extends Offered>(name: N, input: Asks<N>): Promise<ReplyOf<N>> =>
  call(routes[name] as Route, {...input, params: {org, ...input.params}} as never, connection) as Promise<ReplyOf<N>>

/** Who is signed in; from then on, calls are of that organization and carry the session's CSRF token. */
export async function whoIsSignedIn(): Promise<ReplyOf<'whoami'>> {
  const who = await ask('whoami', {})
  // What somebody typed is not sent as somebody else, who has signed in in another tab meanwhile.
  if (actor !== null && actor !== `${who.org} ${who.actor.id}`) location.reload()
  actor = `${who.org} ${who.actor.id}`
  org = who.org
  carryCsrfToken(who.csrfToken ?? '')
  return who
}

type Paged = {[N in ReadName]: ReplyOf<N> extends {items: unknown[]; nextCursor: string | null} ? N : never}[ReadName]
type Item<N extends Paged> = ReplyOf<N> extends {items: (infer I)[]} ? I : never

/** The most of a list that the page holds; the CLI shows all of a longer one. */
export const MOST = 5000
const A_PAGE = 1000

/** A list to its end, or to as much as the page holds. */
export async function askAll<N extends Paged>(name: N, input: Asks<N>): Promise<{items: Item<N>[]; more: boolean}> {
  const items: Item<N>[] = []
  let cursor: string | null = null
  do {
    const query: object = {...(input as {query?: object}).query, limit: A_PAGE, ...(cursor === null ? {} : {cursor})}
    const page = (await ask(name, {...input, query} as Asks<N>)) as {items: Item<N>[]; nextCursor: string | null}
    items.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null && items.length < MOST)
  return {items, more: cursor !== null}
}
