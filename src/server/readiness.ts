import {Refused} from './gate/refused.ts'
import type {Store} from './store/store.ts'
import {storeFaultOf} from './store/store-fault.ts'

/** Whether the store answers, and whether it took the last write. */
export interface Readiness {
  /** To be told of each turn that failed, and of each that was committed. */
  failed: () => void
  wrote: () => void
  /** @throws Refused `unavailable`, saying which. */
  check: () => Promise<void>
}

export function readinessOf(store: Store): Readiness {
  let writes = true
  return {
    failed: () => {
      writes = false
    },
    wrote: () => {
      writes = true
    },
    check: async () => {
      await store.reader
        .selectFrom('organizations')
        .select('id')
        .limit(1)
        .execute()
        .catch(() => {
          throw new Refused('unavailable', 'The store does not answer.')
        })
      if (writes) return
      await tryWrite(store).catch((error: unknown) => {
        throw new Refused('unavailable', `The store takes no writes (${storeFaultOf(error) ?? 'failed'}).`)
      })
      writes = true
    },
  }
}

/** Writes what is there already: nobody else may come to find out that writes succeed again. */
const tryWrite = (store: Store) =>
  store.writer
    .updateTable('organizations')
    .set((eb) => ({name: eb.ref('name')}))
    .execute()
