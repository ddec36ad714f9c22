const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** What is undone at the end, the newest first: when it is asked for, when the process exits, or when a signal ends it. */
export interface Undo {
  add: (work: () => void) => void
  run: () => void
}

/** Listens for the end of the process from the first thing on that there is to undo. */
export function undoAtEnd(): Undo {
  const works: (() => void)[] = []
  let listening = false
  const run = () => {
    for (const work of works.splice(0).reverse()) work()
    if (!listening) return
    listening = false
    process.removeListener('exit', run)
    for (const signal of SIGNALS) process.removeListener(signal, onSignal)
  }
  const onSignal = (signal: NodeJS.Signals) => {
    // Whoever else listens decides whether the process ends; then `exit` comes.
    if (process.listenerCount(signal) > 1) return
    run()
    process.kill(process.pid, signal)
  }
  return {
    add: (work) => {
      works.push(work)
      if (listening) return
      listening = true
      process.on('exit', run)
      for (const signal of SIGNALS) process.on(signal, onSignal)
    },
    run,
  }
}
