const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** What is undone at the end, the newest first: when it is asked for, when the process exits, or when a signal ends it. */
export interface Undo {
  add: (work: () => void) => void
  run: () => void
}

/** Those that have something to undo, in the order in which they began. All share one listener: each would else take the others for an application's own. */
const open = new Set<() => void>()

/** Listens for the end of the process from the first thing on that there is to undo. */
export function undoAtEnd(): Undo {
  const works: (() => void)[] = []
  const run = () => {
    for (const work of works.splice(0).reverse()) work()
    if (!open.delete(run) || open.size > 0) return
    process.removeListener('exit', runAll)
    for (const signal of SIGNALS) process.removeListener(signal, onSignal)
  }
  return {
    add: (work) => {
      works.push(work)
      if (open.size === 0) {
        process.on('exit', runAll)
        for (const signal of SIGNALS) process.on(signal, onSignal)
      }
      open.add(run)
    },
    run,
  }
}

function runAll(): void {
  for (const run of [...open].reverse()) run()
}

function onSignal(signal: NodeJS.Signals): void {
  // Whoever else listens decides whether the process ends; then `exit` comes.
  if (process.listenerCount(signal) > 1) return
  runAll()
  process.kill(process.pid, signal)
}
