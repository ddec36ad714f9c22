import type {Store} from '../store/store.ts'
import {repeat} from './repeat.ts'

/** Between two tries, in milliseconds. */
const PAUSE = 1000

/** Erases what could not be erased at once because something else was reading the files. Returns what stops it. */
export function forgetOwed(store: Pick<Store, 'forget' | 'owesForgetting' | 'inTransaction'>, onDone: () => void) {
  const job = async () => {
    if (!store.owesForgetting() || store.inTransaction()) return
    store.forget()
    onDone()
  }
  // Why it failed was said when it failed first; it stays owed.
  return repeat(PAUSE, job, () => {})
}
