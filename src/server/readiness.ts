import {Refused} from './gate/refused.ts'
import {firstOrganization} from './store/first-organization.ts'
import type {Store} from './store/store.ts'
import {storeFaultOf} from './store/store-fault.ts'
import {together} from './store/together.ts'

/** Whether the store answers, and whether it took the last write. */
export interface Readiness {
  /** To be told of each turn that failed, and of each that was committed. */
  failed: () => void
  wrote: () => void
  /** As it was within the last second: anybody may ask, however often. @throws Refused `unavailable`, saying which. */
  check: () => Promise<void>
}

/** How long what was found is told, in milliseconds. */
const KNOWN = 1000

/** `now` is in milliseconds, and is never set back. */
export function readinessOf(store: Store, now: () => number = () => performance.now()): Readiness {
  let writes = true
  let known: {refused: Refused | null; until: number} | null = null
  /** How many ended: what was found before one says nothing of the store after it. */
  let turns = 0

  const look = async (): Promise<Refused | null> => {
    try {
      const {id} = await firstOrganization(store.reader)
      if (writes) return null
      await tryWrite(store, id)
      writes = true
      return null
    } catch (error) {
      return error instanceof Refused ? error : new Refused('unavailable', 'The store does not answer.')
    }
  }
  const ask = together(async (asks: null[]) => {
    if (known !== null && now() < known.until) {
      const {refused} = known
      return asks.map(() => refused)
    }
    const before = turns
    const refused = await look()
    const outdated = turns !== before && (refused !== null || !writes)
    known = outdated ? null : {refused, until: now() + KNOWN}
    return asks.map(() => refused)
  })

  return {
    failed: () => {
      turns += 1
      writes = false
      known = null
    },
    wrote: () => {
      turns += 1
      if (!writes || known?.refused) known = null
      writes = true
    },
    check: async () => {
      const refused = await ask(null)
      if (refused !== null) throw refused
    },
  }
}

/** Writes what is there already, of one row: nobody else may come to find out that writes succeed again. */
const tryWrite = (store: Store, id: number) =>
  store.writer
    .updateTable('organizations')
    .set((eb) => ({name: eb.ref('name')}))
    .where('id', '=', id)
    .execute()
    .catch((error: unknown) => {
      throw new Refused('unavailable', `The store takes no writes (${storeFaultOf(error) ?? 'failed'}).`)
    })
