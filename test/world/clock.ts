import {writeFileSync} from 'node:fs'

/** A clock of a program's own, which can be set while it runs. */
export interface Clock {
  /** What the program runs with. */
  env: Record<string, string>
  /** Sets it so many milliseconds from the real time; negative: back. */
  set: (offset: number) => void
}

/** Loaded before the program: it asks the file how far its clock is off, each time. TLS keeps the machine's clock. */
const source = (file: string) => `
import {readFileSync} from 'node:fs'
const Real = Date
const now = () => Real.now() + Number(readFileSync(${JSON.stringify(file)}, 'utf8'))
globalThis.Date = class extends Real {
  constructor(...given) {
    if (given.length === 0) super(now())
    else super(...given)
  }
  static now() {
    return now()
  }
}`

/** A clock whose setting is kept in `file`. */
export function clockIn(file: string): Clock {
  const set = (offset: number) => writeFileSync(file, String(offset))
  set(0)
  return {env: {NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(source(file))}`}, set}
}
