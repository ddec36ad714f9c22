/** npm and a terminal both pass Ctrl-C on: what follows within this many milliseconds is the same one. */
const SAME = 500

/** Resolves at the first SIGTERM or SIGINT. A second one ends the process at once. */
export function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined
    const heard = () => {
      first ??= performance.now()
      if (performance.now() - first > SAME) process.exit(1)
      resolve()
    }
    process.on('SIGTERM', heard)
    process.on('SIGINT', heard)
  })
}
