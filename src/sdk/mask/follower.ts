import {MOST} from './automaton.ts'

/** How far a text longer than `MOST` bytes has come, after its first `MOST` bytes were seen. */
export interface Follower {
  begin: () => Following
}

export interface Following {
  /** How many bytes at the end begin the text, after one more byte; 0: fewer than `MOST`, so the automaton knows better. */
  next: (byte: number) => number
}

/** Follows one text as Knuth, Morris and Pratt do. What that takes is made when the text is first seen. */
export function follower(whole: () => string): Follower {
  let made: {text: Buffer; back: Int32Array} | null = null
  return {
    begin: () => {
      made ??= tableOf(Buffer.from(whole(), 'latin1'))
      const {text, back} = made
      let at = MOST
      return {
        next: (byte) => {
          while (at >= MOST && (at === text.length || text[at] !== byte)) at = back[at]!
          at = at < MOST ? 0 : at + 1
          return at
        },
      }
    },
  }
}

/** By how many bytes of the text were read: how many at the end of them begin it again, all of them apart. */
function tableOf(text: Buffer): {text: Buffer; back: Int32Array} {
  const back = new Int32Array(text.length + 1)
  let at = 0
  for (let read = 1; read < text.length; read += 1) {
    while (at > 0 && text[read] !== text[at]) at = back[at]!
    if (text[read] === text[at]) at += 1
    back[read + 1] = at
  }
  return {text, back}
}
