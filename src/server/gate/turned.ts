import type {Waiting} from './asks.ts'
import type {Refused} from './refused.ts'
import type {Actor, Change, Disclosure, Step} from './types.ts'

/** An ask within its turn, and what has become of it. */
export interface Turned extends Waiting {
  actor: Actor
  outcome:
    | {is: 'allowed'}
    | {is: 'refused'; error: Refused; note?: string | undefined}
    | {is: 'failed'; error: Refused}
    | {is: 'repeat'; reply: unknown}
    | {is: 'tried'; reply: unknown}
    | {is: 'done'; change: (Disclosure<unknown> & Partial<Change<unknown>>) | Step<unknown>}
}
