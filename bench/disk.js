import {closeSync, fdatasyncSync, openSync, rmSync, statfsSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {latencies} from './requests.js'

const TMPFS = 0x01021994

/** How often a second a page of 8 KiB is on the disk of a folder, one after the other: what a commit waits for. */
export function syncRate(folder, seconds = 1) {
  const path = join(folder, 'sync-rate')
  const page = Buffer.alloc(8192, 1)
  const times = []
  const file = openSync(path, 'w')
  const began = performance.now()
  for (let at = 0; performance.now() - began < seconds * 1000; at = (at + page.length) % (1 << 24)) {
    const from = performance.now()
    writeSync(file, page, 0, page.length, at)
    fdatasyncSync(file)
    times.push(performance.now() - from)
  }
  closeSync(file)
  rmSync(path)
  return {perSecond: Math.round(times.length / seconds), ...latencies(times)}
}

/** Whether a folder is in memory, where nothing is durable. */
export const isInMemory = (folder) => statfsSync(folder).type === TMPFS
