/**
 * Runs a job again and again, `every` milliseconds after it last ended, without keeping the process alive. A failure
 * is reported and the job goes on. Returns what stops it, once a running one has ended.
 */
export function repeat(every: number, job: () => Promise<void>, failed: (error: unknown) => void): () => Promise<void> {
  let stopped = false
  let running = Promise.resolve()
  let timer: NodeJS.Timeout
  const wait = () => {
    timer = setTimeout(() => {
      running = job()
        .catch(failed)
        .then(() => {
          if (!stopped) wait()
        })
    }, every)
    timer.unref()
  }
  wait()
  return async () => {
    stopped = true
    clearTimeout(timer)
    await running
  }
}
