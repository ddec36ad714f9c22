// Who takes the processor's time. Linux alone tells it; elsewhere there is nothing to show.
import {existsSync, readdirSync, readFileSync} from 'node:fs'

/** Clock ticks a second, which Linux has for every program. */
const TICKS = 100

/**
 * Seconds of processor time so far: of each group of processes, with their children, and of the whole machine. The
 * difference of two tells the cores that each was busy on.
 */
export function processorTimes(groups) {
  if (!existsSync('/proc/self/stat')) return null
  const all = processes()
  const times = Object.fromEntries(Object.entries(groups).map(([name, pids]) => [name, sum(pids, all) / TICKS]))
  const [user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'utf8')
    .split('\n')[0]
    .trim()
    .split(/ +/)
    .slice(1)
    .map(Number)
  return {...times, machine: (user + nice + system + irq + softirq) / TICKS}
}

/** Cores busy between two looks that were `seconds` apart; `others`: by what is not of the benchmark. */
export function coresBusy(before, after, seconds) {
  if (before === null || after === null) return null
  const {machine, ...groups} = Object.fromEntries(
    Object.keys(after).map((name) => [name, (after[name] - before[name]) / seconds]),
  )
  const ours = Object.values(groups).reduce((a, b) => a + b, 0)
  return {...groups, others: Math.max(0, machine - ours)}
}

/** Resident memory at its peak since the process began, in megabytes; null where nobody tells. */
export function peakMegabytes(pid) {
  const file = `/proc/${pid}/status`
  return existsSync(file) ? Math.round(/VmHWM:\s+(\d+)/.exec(readFileSync(file, 'utf8'))[1] / 1024) : null
}

// A process that has ended is in what its parent waited for.
function sum(pids, all) {
  const own = all.filter(({pid, parent}) => pids.includes(pid) || pids.includes(parent))
  return own.reduce((ticks, {pid, busy, waited}) => ticks + busy + (pids.includes(pid) ? waited : 0), 0)
}

function processes() {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'utf8')
      // The program's name, in parentheses, may hold anything.
      const fields = text
        .slice(text.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number)
      return [{pid: Number(name), parent: fields[1], busy: fields[11] + fields[12], waited: fields[13] + fields[14]}]
    } catch {
      // It has just ended.
      return []
    }
  })
}
