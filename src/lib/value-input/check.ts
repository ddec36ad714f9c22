import {isUtf8} from 'node:buffer'
import {PosternError} from '../../client/error.ts'
import {MAX_VALUE_BYTES} from '../../contract/limits.ts'
import {fingerprint} from '../../formats/fingerprint.ts'
import type {Source} from './choose.ts'
import {tooLong} from './read.ts'
import {type Newline, trim} from './trim.ts'

/**
 * Holds the final bytes against what the source asks of them, and gives what the user should hear of.
 * @throws PosternError `value_refused`, `fingerprint_mismatch`: their texts say nothing of the value.
 */
export function check(bytes: Buffer, dropped: Newline, source: Source): string[] {
  if (bytes.length > MAX_VALUE_BYTES) throw tooLong()
  if (bytes.length === 0 && !source.allowEmpty)
    throw new PosternError(
      'value_refused',
      'The value is empty; what should have made it may have failed. Nothing was written.',
      {
        next: 'Check that, or add --allow-empty if empty is meant.',
      },
    )
  if (!source.binary && !isUtf8(bytes))
    throw new PosternError('value_refused', 'The value is not valid UTF-8; nothing was written.', {
      next: 'Add --binary to take its bytes as they are.',
    })
  if (source.fingerprint !== null && fingerprint(bytes) !== source.fingerprint)
    throw new PosternError(
      'fingerprint_mismatch',
      `The value is not the one whose fingerprint was given; nothing was written.${nearMiss(bytes, dropped, source.fingerprint)}`,
      {
        next: 'Compare where both come from, and run it again.',
      },
    )
  return notices(bytes, dropped)
}

/** People hash what `echo` prints, newline and all. */
function nearMiss(bytes: Buffer, dropped: Newline, wanted: string): string {
  const newline = {LF: '\n', CRLF: '\r\n'}
  if (dropped !== null && fingerprint(Buffer.concat([bytes, Buffer.from(newline[dropped])])) === wanted)
    return ' With its trailing newline it would match: --no-trim keeps it.'
  if (Object.values(newline).some((end) => fingerprint(Buffer.concat([bytes, Buffer.from(end)])) === wanted))
    return ' With a trailing newline it would match: the fingerprint was made of one more line end.'
  const {bytes: shorter, dropped: last} = trim(bytes, {trims: true})
  if (last !== null && fingerprint(shorter) === wanted)
    return ' Without its trailing newline it would match: leave out what keeps it.'
  return ''
}

function notices(bytes: Buffer, dropped: Newline): string[] {
  const found: string[] = []
  if (bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])))
    found.push('The value begins with a byte order mark, which is kept.')
  if (dropped !== null && bytes.subarray(0, 10).equals(Buffer.from('-----BEGIN')))
    found.push(
      'The value looks like a key or certificate and lost its last newline, which some programs need; --no-trim keeps it.',
    )
  return found
}
