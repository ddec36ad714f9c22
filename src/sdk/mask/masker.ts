import {Buffer} from 'node:buffer'
import {type Automaton, automatonOf, HASH, WINDOW} from './automaton.ts'
import {type Follower, type Following, follower} from './follower.ts'
import {formsOf} from './forms.ts'

/** Masks any number of texts that come in pieces, each by a run of its own. */
export interface Masker {
  begin: () => Masking
}

/** A text on its way. What `push`, `rest` and `end` give is, together, the text with its values as `***`. */
export interface Masking {
  /** What can be said after this piece: all but what may be the beginning of a value. Pieces may be given on as they are. */
  push: (piece: Uint8Array) => Buffer
  /**
   * What is kept back although it is shorter than anything that is masked: for when nothing more comes for a while, so that a
   * prompt shows. A value that goes on after that is masked from there.
   */
  rest: () => Buffer
  /** What is kept back, as the text ends here. */
  end: () => Buffer
}

const STARS = Buffer.from('***')
const NOTHING = Buffer.alloc(0)

/**
 * Masks these values, in the forms that they may show in (`formsOf`), wherever they are in a text: each stretch of bytes that
 * belong to values becomes one `***`. Of a form longer than 256 bytes the first 256 are masked, and then as much of it as follows. A value of
 * fewer than 4 bytes is not looked for.
 */
export function createMasker(values: Iterable<Uint8Array>): Masker {
  const forms = [...values].flatMap((value) => formsOf(bufferOf(value)))
  const automaton = automatonOf(forms.map(({head}) => head))
  const followed = new Map<number, Follower[]>()
  for (const {head, whole} of forms) {
    if (whole === null) continue
    const state = automaton.stateOf(head)
    followed.set(state, [...(followed.get(state) ?? []), follower(whole)])
  }
  return {begin: () => masking(automaton, followed)}
}

function masking(automaton: Automaton, followed: ReadonlyMap<number, Follower[]>): Masking {
  const {filter, shift, find, next, longest} = automaton
  let state = 0
  let tail = 0
  let read = 0
  /** What was read and not said, and where it begins. */
  let kept: Buffer = NOTHING
  let said = 0
  /** Stretches that are masked, in their order, apart from each other, beyond what was said. */
  const marks: [from: number, to: number][] = []
  /** Whether what was said last was masked: what is masked right after it belongs to the same stretch. */
  let inMask = false
  /** What follows a long text on its way; one for each, since it knows of all beginnings of the text within what it has read. */
  const following = new Map<Follower, Following>()

  const mark = (from: number, to: number) => {
    let begin = Math.max(from, said)
    while (marks.length > 0 && marks[marks.length - 1]![1] >= begin) begin = Math.min(begin, marks.pop()![0])
    marks.push([begin, to])
  }

  /** Where in a piece the next window is that may begin a value; its end: nowhere. In a loop of its own, which is nearly all the work. */
  const skip = (bytes: Uint8Array, from: number): number => {
    let at = from
    let last = tail
    for (; at < bytes.length; at += 1) {
      last = (last << 8) | bytes[at]!
      if (filter[Math.imul(last, HASH) >>> shift] !== 0) break
    }
    tail = last
    return at
  }

  const look = (bytes: Uint8Array) => {
    const before = read
    for (let at = 0; at < bytes.length; at += 1) {
      if (state === 0 && following.size === 0) {
        at = skip(bytes, at)
        if (at === bytes.length) break
        read = before + at + 1
        if (read >= WINDOW) state = find(tail)
      } else {
        const byte = bytes[at]!
        tail = (tail << 8) | byte
        read = before + at + 1
        state = state === 0 ? (read < WINDOW ? 0 : find(tail)) : next(state, byte, tail)
        if (following.size > 0) follow(byte)
      }
      if (longest[state] === 0) continue
      mark(read - longest[state]!, read)
      for (const one of followed.get(state) ?? []) if (!following.has(one)) following.set(one, one.begin())
    }
    read = before + bytes.length
  }

  const follow = (byte: number) => {
    for (const [text, at] of following) {
      const length = at.next(byte)
      if (length > 0) mark(read - length, read)
      else following.delete(text)
    }
  }

  /** Says what was read up to a place. */
  const say = (upTo: number): Buffer => {
    const parts: Uint8Array[] = []
    let from = said
    const plain = (to: number) => {
      if (to <= from) return
      parts.push(kept.subarray(from - said, to - said))
      inMask = false
      from = to
    }
    while (marks.length > 0 && marks[0]![0] < upTo) {
      const [begin, end] = marks[0]!
      plain(begin)
      if (!inMask) parts.push(STARS)
      inMask = true
      from = Math.min(end, upTo)
      if (end > upTo) {
        marks[0]![0] = upTo
        break
      }
      marks.shift()
    }
    plain(upTo)
    kept = kept.subarray(upTo - said)
    said = upTo
    return parts.length === 1 ? bufferOf(parts[0]!) : Buffer.concat(parts)
  }

  return {
    push: (piece) => {
      kept = kept.length === 0 ? bufferOf(piece) : Buffer.concat([kept, piece])
      look(piece)
      const answer = say(Math.max(said, read - automaton.held(state, tail, read)))
      // The caller may use its piece again.
      if (kept.length > 0) kept = Buffer.from(kept)
      return answer
    },
    rest: () => (read - said < WINDOW ? say(read) : NOTHING),
    end: () => say(read),
  }
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
