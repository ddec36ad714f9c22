import {readdirSync, readFileSync} from 'node:fs'
import {leaksIn} from './canary.ts'

/** Looks at the argv of every process on the machine, again and again, for what must not be there. Linux alone. */
export function watchArgv(canaries: readonly string[]): {stop: () => {pid: number; argv: string}[]} {
  const found = new Map<number, string>()
  const look = () => {
    for (const pid of pids()) {
      const argv = argvOf(pid)
      if (canaries.some((canary) => leaksIn(argv, canary).length > 0)) found.set(pid, argv)
    }
  }
  const timer = setInterval(look, 10)
  return {
    stop: () => {
      clearInterval(timer)
      return [...found].map(([pid, argv]) => ({pid, argv}))
    },
  }
}

const pids = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)

function argvOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // It has ended.
    return ''
  }
}
