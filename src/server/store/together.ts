/**
 * A function for one made of a function for many: what is asked while an answer is under way waits for it, and is then
 * asked together. So many requests at once cost one statement, and each is answered by one that began after it came.
 * `load` answers each ask in its place.
 */
export function together<A, R>(load: (asks: A[]) => Promise<R[]>): (ask: A) => Promise<R> {
  interface Waiting {
    ask: A
    resolve: (answer: R) => void
    reject: (error: unknown) => void
  }
  let waiting: Waiting[] = []
  let running = false

  const run = async () => {
    running = true
    // Those that came in the same lap of the event loop.
    await new Promise((next) => setImmediate(next))
    while (waiting.length > 0) {
      const now = waiting
      waiting = []
      try {
        const answers = await load(now.map(({ask}) => ask))
        for (const [index, {resolve}] of now.entries()) resolve(answers[index]!)
      } catch (error) {
        for (const {reject} of now) reject(error)
      }
    }
    running = false
  }

  return (ask) =>
    new Promise((resolve, reject) => {
      waiting.push({ask, resolve, reject})
      if (!running) void run()
    })
}
