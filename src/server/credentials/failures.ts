import {rateOf} from '../gate/rate.ts'
import {Refused} from '../gate/refused.ts'
import {siteOf} from './addresses.ts'

/** How many failed sign-ins one address, or one token's beginning, has in a minute before the next is answered 429. */
export const MOST_FAILURES = 20
/** How much of a wrong token tells it apart, and gives nothing away of a right one: the prefix and eight characters. */
const BEGINNING = 16
/** The most addresses that a summary tells apart. */
const ADDRESSES = 10_000

/** What was refused for want of a credential since the last summary. */
export interface Refusals {
  count: number
  addresses: number
  /** The address, where it was one alone. */
  address: string | null
}

/** Counts requests that came without a valid credential. */
export interface Failures {
  /**
   * Counts one, by its address and by how its token begins. A valid credential never comes here, so nobody who has one
   * waits for the failures of others.
   * @throws Refused `rate_limited` when there were too many within a minute.
   */
  count: (address: string | null, token: string | null) => void
  /** Whether so many came from an address that the next is refused when it fails, too. */
  areMany: (address: string | null) => boolean
  /** What was counted since it was last asked; null: nothing. */
  take: () => Refusals | null
}

export function countFailures(now: () => Date): Failures {
  const rate = rateOf({most: MOST_FAILURES, window: 60_000, now})
  let count = 0
  let addresses = new Set<string>()
  return {
    count: (address, token) => {
      count += 1
      if (address !== null && addresses.size < ADDRESSES) addresses.add(address)
      const retryAfter = Math.max(
        address === null ? 0 : rate(`address ${siteOf(address)}`),
        token === null ? 0 : rate(`token ${token.slice(0, BEGINNING)}`),
      )
      if (retryAfter > 0) {
        throw new Refused('rate_limited', 'Too many requests without a valid credential came from here.', {retryAfter})
      }
    },
    areMany: (address) => address !== null && rate.isSpent(`address ${siteOf(address)}`),
    take: () => {
      if (count === 0) return null
      const [only = null] = addresses
      const taken = {count, addresses: addresses.size, address: addresses.size === 1 ? only : null}
      count = 0
      addresses = new Set()
      return taken
    },
  }
}
