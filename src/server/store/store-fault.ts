/** SQLite's primary result codes (https://www.sqlite.org/rescode.html) for a store that takes no writes now. */
const faults: Record<number, StoreFault> = {8: 'read-only', 10: 'failing', 13: 'full'}

export type StoreFault = 'read-only' | 'failing' | 'full'

/** What keeps the store from being written, when an error says so: its file or mount, its disk, or the room there; null: something else. */
export function storeFaultOf(error: unknown): StoreFault | null {
  const code = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0
  return faults[code & 0xff] ?? null
}
