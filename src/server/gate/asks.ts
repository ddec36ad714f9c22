import type {Buffer} from 'node:buffer'
import type {Operation} from '../../contract/operations.ts'
import type {Permission} from '../../contract/permissions.ts'
import type {Keyring} from '../keyring/keyring.ts'
import type {Store} from '../store/store.ts'
import type {Refused} from './refused.ts'
import type {Act, Actor, OwnOperation, Reached, Reveal, Target} from './types.ts'

interface Common<I> {
  actor: Actor
  requestId: string
  address: string | null
  input: I
  /** What the request is about, for the record of a refusal. */
  target: Target
  reached: Reached
  /** How many things it is about: a turn has room for so many, so that nobody waits behind many large asks. Without, one. */
  weight?: number
  reason?: string | undefined
}

// biome-ignore lint/suspicious/noExplicitAny: the queue holds asks of every type; a noun's own types are checked where it is mounted
export interface WriteAsk<I = any, R = any> extends Common<I> {
  verb: 'write'
  operation: Operation | OwnOperation
  // biome-ignore lint/suspicious/noExplicitAny: as above
  act: Act<any, I, R>
  /** A keyed hash of the whole request: the same id with another digest is another request. */
  digest: Buffer
  dryRun: boolean
  /** Keep no reply: it holds a secret made for this call. */
  oneTimeReply: boolean
}

// biome-ignore lint/suspicious/noExplicitAny: the queue holds asks of every type; a noun's own types are checked where it is mounted
export interface DiscloseAsk<I = any, R = any> extends Common<I> {
  verb: 'disclose'
  operation: string
  permission: Permission
  /** How often one credential may ask it in a minute, and how often it may be asked of one scope. */
  perMinute?: number | undefined
  reveal: Reveal<I, R>
}

/** An ask that waits for its turn. */
export interface Waiting {
  ask: WriteAsk | DiscloseAsk
  /** When it came, in milliseconds of a clock that nobody sets. */
  since: number
  /** What was said of its allowance, once: a turn that is taken again counts it no second time. */
  allowance?: Refused | null
  settle: (answer: {reply: unknown} | {error: Error}) => void
}

/** What the gate stands on. */
export interface GateParts {
  store: Store
  keyring: Keyring
  now: () => Date
  /** A clock that nobody sets, in milliseconds: how long something has waited. By default the process's own. */
  elapsed?: () => number
  /** Told of what should never happen: a noun that threw, a commit that failed. Never given a value. */
  onFault: (error: unknown, operation: string) => void
  /** Told of what was refused to a valid credential, and has no entry of its own: a read, or one of too many others. */
  onSummed?: (actor: Actor, what: 'reads' | 'others') => void
  /** Told of each ask that is refused because too much waits. */
  onOverload?: () => void
  /** Told of each commit. */
  onCommit?: () => void
  /** Told how often a data key has sealed what was committed. */
  onSealed?: (keyId: number, count: number) => void
}
