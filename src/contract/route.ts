import type * as z from 'zod/mini'
import type {Operation} from './operations.ts'
import type {Permission} from './permissions.ts'
import type {Surface} from './surfaces.ts'

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE'

/**
 * How a route stands to scopes, so that a credential that is bound to some sees and touches nothing else. `scope`: its
 * query names one, which is checked. `listed`: it goes over many, and its noun keeps to those that the handle says are
 * visible. `organization`: it is beyond scopes, and refused to a bound credential. `any`: scopes do not matter to it. A
 * function gives every scope or pattern that its input names; each is checked.
 */
export type Reach = 'scope' | 'listed' | 'organization' | 'any' | ((input: never) => readonly string[])

interface Shape {
  surfaces: readonly Surface[]
  reach: Reach
  /** One line for the OpenAPI document. */
  summary: string
  query?: z.ZodMiniType
  body?: z.ZodMiniType
  reply: z.ZodMiniType
}

/** A route that only looks: its permission is checked, nothing is changed, no value is opened. */
export interface ReadRoute extends Shape {
  verb: 'read'
  method: 'GET'
  path: string
  permission: Permission | 'any'
  /** The organization that is named may be a deleted one, too; the noun says who reads it. */
  ofDeleted?: true
  /** It holds its answer until something happens: it takes no place among the requests in progress meanwhile. */
  waits?: true
}

/** A route that opens values for its caller: audited before it is answered. */
export interface DiscloseRoute extends Shape {
  verb: 'disclose'
  /** POST where what is asked does not belong into a URL. */
  method: 'GET' | 'POST'
  path: string
  permission: Permission
  /** The name under which the audit log records it. */
  discloses: string
  /** How often a credential may ask it in a minute; without, as often as it likes. */
  perMinute?: number
  /**
   * Its reply has an `etag`, and this read route says whether one still stands: a request that names it in `If-None-Match`
   * is answered 304 then, and nothing is disclosed.
   */
  conditional?: 'workloadChanges'
  /** It gives the values of many names at once: a server takes few such at a time. */
  many?: true
}

/** A route that changes something: an operation of the registry. */
export interface WriteRoute extends Shape {
  verb: 'write'
  method: Exclude<Method, 'GET'>
  path: string
  operation: Operation
  /** The reply holds a secret made for this call: it is not kept, and a repeat answers `reply_spent`. */
  oneTimeReply?: true
  /** Its body has values of this kind, which may come sealed. */
  values?: 'secret' | 'variable'
  /** The most bytes of its body, where that is not the usual. */
  bodyLimit?: number
}

export type Route = ReadRoute | DiscloseRoute | WriteRoute

export const read = <
  const P extends string,
  const S extends Shape & Pick<ReadRoute, 'permission' | 'ofDeleted' | 'waits'>,
>(
  path: P,
  shape: S,
) => ({verb: 'read', method: 'GET', path, ...shape}) as const

export const disclose = <
  const M extends DiscloseRoute['method'],
  const P extends string,
  const S extends Shape & Pick<DiscloseRoute, 'permission' | 'discloses' | 'perMinute' | 'conditional' | 'many'>,
>(
  method: M,
  path: P,
  shape: S,
) => ({verb: 'disclose', method, path, ...shape}) as const

export const write = <
  const M extends Exclude<Method, 'GET'>,
  const P extends string,
  const S extends Shape & Pick<WriteRoute, 'operation' | 'oneTimeReply' | 'values' | 'bodyLimit'>,
>(
  method: M,
  path: P,
  shape: S,
) => ({verb: 'write', method, path, ...shape}) as const

type ParamNames<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamNames<`/${Rest}`>
  : P extends `${string}:${infer Name}`
    ? Name
    : never

type Part<R, K extends 'query' | 'body'> = R extends {[k in K]: infer S extends z.ZodMiniType} ? z.output<S> : undefined

/** What a route takes, once validated. */
export interface Input<R extends Route> {
  params: Record<ParamNames<R['path']>, string>
  query: Part<R, 'query'>
  body: Part<R, 'body'>
}

/** What a route answers. */
export type Reply<R extends Route> = z.output<R['reply']>
