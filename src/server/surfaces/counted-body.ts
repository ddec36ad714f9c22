import {type Readable, Transform} from 'node:stream'

/**
 * A body whose length nobody said, as it comes: each part is told to `hold` before it is passed on. When that throws, the
 * body ends with it, and what still comes is left to who answers.
 */
export function countedBody(body: Readable, hold: (bytes: number) => void): Readable {
  const counted = new Transform({
    transform: (part: Buffer, _encoding, done) => {
      try {
        hold(part.length)
        done(null, part)
      } catch (error) {
        done(error as Error)
      }
    },
  })
  body.once('error', (error) => counted.destroy(error))
  return body.pipe(counted)
}
