const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** Gives what `work` gives; on a terminal, stderr shows that it goes on, and what it waits for, if it takes longer than 300 ms. */
export async function whileWaiting<T>(
  world: {stderr: NodeJS.WritableStream; stderrIsTerminal: boolean},
  work: Promise<T>,
  what = 'the server',
): Promise<T> {
  if (!world.stderrIsTerminal) return work
  let frame = -3
  const timer = setInterval(() => {
    frame += 1
    if (frame >= 0) world.stderr.write(`\r${FRAMES[frame % FRAMES.length]} waiting for ${what}`)
  }, 100)
  try {
    return await work
  } finally {
    clearInterval(timer)
    if (frame >= 0) world.stderr.write('\r\u001b[K')
  }
}
