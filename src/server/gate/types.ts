import type {Buffer} from 'node:buffer'
import type {Kysely, Transaction} from 'kysely'
import type {Claims} from '../../contract/binding-pattern.ts'
import type {Operation} from '../../contract/operations.ts'
import type {Permission} from '../../contract/permissions.ts'
import type {ProblemCode} from '../../contract/problems.ts'
import type {Surface} from '../../contract/surfaces.ts'
import type {Place} from '../../formats/sealed-value.ts'
import type {Keyring} from '../keyring/keyring.ts'
import type {Schema} from '../store/schema.ts'
import type {Facts} from './refused.ts'

/** Who asks, and through which door; credentials/ alone makes it from a request. */
export interface Actor {
  kind: 'token' | 'session' | 'link' | 'server'
  /** Stable and unique, as the audit log names it: `token:7`. A session acts as the token that opened it. */
  id: string
  name: string
  surface: Surface | 'server'
  orgId: number
  org: string
  role: string
  /** What the role allows today; empty until the gate has confirmed the credential. */
  permissions: readonly Permission[]
  /** The scope patterns that the credential is bound to; null: the whole organization. */
  scopes: readonly string[] | null
  /** The CIDR blocks that it may come from; null: any address. */
  cidrs: readonly string[] | null
  expiresAt: string | null
  /** The rows that must still be valid when the gate acts. */
  tokenId: number
  /** What stood in the store for the token that came; null: it was a session or a link of it. */
  tokenHash: Uint8Array | null
  sessionId: Buffer | null
  linkId: Buffer | null
  /** What a credential of the surface `workload` is for; null on all others. */
  workload: Workload | null
}

/** The environment that a workload's credential is bound to, and what was said of the workload when it was made. */
export interface Workload extends Claims {
  environmentId: number
  /** The environment's name when the request came. */
  environment: string
}

/** What a request reaches: every scope or pattern that it names; `organization`: what is beyond scopes. */
export type Reached = readonly string[] | 'organization'

/** What the server does outside the registry: no dashboard rule speaks of these, and none has a route in the contract. */
export type OwnOperation =
  | 'server.initialize'
  | 'server.migrate-store'
  | 'server.recover-owner'
  | 'server.refused'
  | 'server.restore'
  | 'server.rotate-root'
  | 'server.keep-authority'
  | 'server.rotate-authority'
  | 'sessions.create'
  | 'sessions.end'
  | 'sessions.sso'
  | 'sessions.offer'
  | 'sessions.take'
  | 'keys.retire'
  | 'keys.reencrypt'
  | 'keys.destroy'

declare const minted: unique symbol

/** A handle that can only select. */
export interface Read {
  actor: Actor
  db: Pick<Kysely<Schema>, 'selectFrom'>
  now: string
}

/** A handle that can change things, for one operation. Only the gate mints it. */
export interface Write<O extends Operation | OwnOperation> {
  [minted]: O
  orgId: number
  org: string
  db: Transaction<Schema>
  now: string
  /** A dry run: it is undone and leaves no entry, so it must not answer what only an audited deed may tell. */
  trial: boolean
  seal: (place: Place, bytes: Uint8Array) => Buffer
  equality: (place: Omit<Place, 'version'>, bytes: Uint8Array) => Buffer
  /** Moves a sealed value to another place without showing it: this handle still cannot open one. */
  reseal: Keyring['reseal']
  /** With the key of the audit log, base64. */
  sign: (bytes: Uint8Array) => string
}

/** A handle that can open values. Only the gate mints it, and it records what was disclosed before it answers. */
export interface Disclose {
  [minted]: 'disclose'
  orgId: number
  org: string
  db: Pick<Kysely<Schema>, 'selectFrom'>
  now: string
  open: (place: Place, sealed: Uint8Array) => Buffer
}

/** What an audit entry is about. */
export interface Target {
  kind: string
  scope?: string
  name?: string
  version?: number
  /** The scope that it was moved to. */
  to?: string
}

/** What a write did. `targets` is never empty: each gives an audit entry, so none can be forgotten. */
export interface Change<R> {
  reply: R
  targets: [Target, ...Target[]]
  /** The other organizations whose audit logs record it, too. */
  alsoIn?: readonly {orgId: number; org: string}[]
  changed: boolean
  /** What was done, where the target says too little: the entry's reason when the caller gave none. Never a value. */
  note?: string | ((target: Target) => string | null)
  /**
   * Values or keys went for good: their bytes leave the store's files too, before this is answered, or, while somebody else
   * reads these, as soon as it can be. A member `erased` of the reply says which; the gate sets it.
   */
  erased?: boolean
  /**
   * Where many were asked for at once and some stayed as they were: the one entry that stands for all of these. Without a
   * change, it stands for `targets`, too.
   */
  unchanged?: {target: Target; reason: string}
}

/** A part of a deed that is recorded as a whole, before and after. Re-encryption alone is done in such. */
export interface Step<R> {
  reply: R
  step: true
}

/** What was disclosed. */
export interface Disclosure<R> {
  reply: R
  targets: [Target, ...Target[]]
  /** The values of many names, which the entry of the one target lists. */
  names?: readonly DisclosedName[]
}

/** A name whose value was disclosed, and which version of it. */
export interface DisclosedName {
  kind: 'secret' | 'variable'
  scope: string
  name: string
  version: number
}

export interface Refusal {
  refused: ProblemCode
  detail: string
  facts?: Facts
  /** What the audit log says of it beside, where the caller gave no reason. */
  note?: string
}

/** One request's part in a call of a noun. */
export interface Ask<I> {
  input: I
  actor: Actor
}

/** A noun's write: takes many asks, answers each in its place. */
export type Act<O extends Operation | OwnOperation, I, R> = (
  tx: Write<O>,
  asks: Ask<I>[],
) => Promise<(Change<R> | Refusal | (O extends 'keys.reencrypt' ? Step<R> : never))[]>

/** A noun's disclosure, likewise. */
export type Reveal<I, R> = (handle: Disclose, asks: Ask<I>[]) => Promise<(Disclosure<R> | Refusal)[]>

export const refusal = (refused: ProblemCode, detail: string, facts?: Refusal['facts']): Refusal => ({
  refused,
  detail,
  ...(facts === undefined ? {} : {facts}),
})
