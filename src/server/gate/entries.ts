import {REFUSALS_PER_MINUTE} from '../../contract/limits.ts'
import {rateOf} from './rate.ts'
import type {Turned} from './turned.ts'
import type {Actor} from './types.ts'

/** Whether what became of an ask has entries of its own; where not, it is summed up. */
export type HasEntries = (one: Turned) => boolean

/**
 * Leaves out of the audit log what a credential was refused of one operation beyond so many times a minute, and says so of
 * each: a client that goes round in circles does not write the log, and nobody buries one thing under many of another. What
 * the server itself is refused, a deed and a disclosure always have their entries.
 */
export function entriesOf(now: () => Date, onSummed: (actor: Actor) => void): HasEntries {
  const rate = rateOf({most: REFUSALS_PER_MINUTE, window: 60_000, now})
  const decide = ({ask, actor, outcome}: Turned): boolean => {
    if (actor.kind === 'server' || (outcome.is !== 'refused' && outcome.is !== 'failed')) return true
    if (rate(`${actor.tokenId} ${ask.operation}`) === 0) return true
    onSummed(actor)
    return false
  }
  // A turn that is taken again counts nothing twice.
  const decided = new WeakMap<Turned['ask'], boolean>()
  return (one) => {
    const has = decided.get(one.ask) ?? decide(one)
    decided.set(one.ask, has)
    return has
  }
}
