import {Transform} from 'node:stream'
import type {Masker} from './masker.ts'

/** How long the beginning of what may be a value is kept back when nothing more comes, in milliseconds. */
const PATIENCE = 20

/**
 * A stream that gives on what it gets, with `***` for what the masker looks for. What comes is given on as it comes: up to
 * three bytes that may begin a value wait for 20 milliseconds at most, more of one until it is clear whether it is.
 */
export function maskWith(masker: Masker): Transform {
  const masking = masker.begin()
  let waiting: NodeJS.Timeout | null = null
  const stream = new Transform({
    transform: (piece: Buffer, _encoding, done) => {
      if (waiting !== null) clearTimeout(waiting)
      done(null, masking.push(piece))
      waiting = setTimeout(() => stream.push(masking.rest()), PATIENCE).unref()
    },
    flush: (done) => {
      if (waiting !== null) clearTimeout(waiting)
      done(null, masking.end())
    },
    destroy: (error, done) => {
      if (waiting !== null) clearTimeout(waiting)
      done(error)
    },
  })
  return stream
}
