/** Hands signals on to a command. */
export interface Signals {
  /** Whether somebody sits at a terminal: what is typed there goes to the whole group of processes by itself. */
  readonly onTerminal: boolean
  /** How many came that ask a program to end. */
  readonly asked: number
  /** From now on signals go to this one, those that came while there was none first. Null: there is none. */
  attach: (send: ((signal: NodeJS.Signals) => void) | null) => void
  /** Lets signals do what they do without it. */
  end: () => void
}

const handedOn = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const
const typed = ['SIGINT', 'SIGQUIT'] as const
const ends: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', ...typed]

/**
 * Takes the signals of this process over, before a command is started. What is typed at a terminal the command has from the
 * system already, and gets no second time.
 */
export function takeSignals(): Signals {
  const onTerminal = [process.stdin, process.stdout, process.stderr].some(({isTTY}) => isTTY === true)
  let send: ((signal: NodeJS.Signals) => void) | null = null
  let waiting: NodeJS.Signals[] = []
  let asked = 0
  const count = (signal: NodeJS.Signals) => {
    if (ends.includes(signal)) asked += 1
  }
  const handOn = (signal: NodeJS.Signals) => {
    count(signal)
    if (send === null) waiting.push(signal)
    else send(signal)
  }
  const fromTerminal = (signal: NodeJS.Signals) => {
    // Without a command there is nobody that the system gave it to.
    if (!onTerminal || send === null) handOn(signal)
    else count(signal)
  }
  for (const signal of handedOn) process.on(signal, handOn)
  for (const signal of typed) process.on(signal, fromTerminal)
  return {
    onTerminal,
    get asked() {
      return asked
    },
    attach: (to) => {
      send = to
      if (to === null) return
      for (const signal of waiting) to(signal)
      waiting = []
    },
    end: () => {
      for (const signal of handedOn) process.removeListener(signal, handOn)
      for (const signal of typed) process.removeListener(signal, fromTerminal)
    },
  }
}
