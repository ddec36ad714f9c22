import type {Actor} from '../gate/types.ts'

/** What a credential was refused since the last summary, beside what has entries of its own. */
export interface SummedRefusals {
  org: {id: number; name: string}
  /** The token's name. */
  name: string
  reads: number
  others: number
}

/** Counts what is refused to valid credentials and has no entry of its own, in memory alone. */
export interface Refusals {
  count: (actor: Pick<Actor, 'tokenId' | 'name' | 'orgId' | 'org'>, what: 'reads' | 'others') => void
  /** What was counted since it was last asked, by credential. */
  take: () => SummedRefusals[]
}

/** The most credentials that one summary tells apart. */
const CREDENTIALS = 1000

export function countRefusals(): Refusals {
  let counted = new Map<number, SummedRefusals>()
  return {
    count: ({tokenId, name, orgId, org}, what) => {
      const known = counted.get(tokenId) ?? {org: {id: orgId, name: org}, name, reads: 0, others: 0}
      known[what] += 1
      if (counted.has(tokenId) || counted.size < CREDENTIALS) counted.set(tokenId, known)
    },
    take: () => {
      const taken = [...counted.values()]
      counted = new Map()
      return taken
    },
  }
}
