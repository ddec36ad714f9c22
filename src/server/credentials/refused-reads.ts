import type {Actor} from '../gate/types.ts'

/** Reads that a credential was refused since the last summary. */
export interface RefusedReads {
  org: {id: number; name: string}
  /** The token's name. */
  name: string
  count: number
}

/** Counts the reads that are refused to valid credentials, in memory alone: a refused write has an entry of its own. */
export interface ReadRefusals {
  count: (actor: Pick<Actor, 'tokenId' | 'name' | 'orgId' | 'org'>) => void
  /** What was counted since it was last asked, by credential. */
  take: () => RefusedReads[]
}

/** The most credentials that one summary tells apart. */
const CREDENTIALS = 1000

export function countReadRefusals(): ReadRefusals {
  let counted = new Map<number, RefusedReads>()
  return {
    count: ({tokenId, name, orgId, org}) => {
      const known = counted.get(tokenId)
      if (known !== undefined) known.count += 1
      else if (counted.size < CREDENTIALS) counted.set(tokenId, {org: {id: orgId, name: org}, name, count: 1})
    },
    take: () => {
      const taken = [...counted.values()]
      counted = new Map()
      return taken
    },
  }
}
