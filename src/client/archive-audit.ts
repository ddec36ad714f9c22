import {headerLine, linesDigest, trailerLine} from '../formats/audit-archive.ts'
import type {ChainLink} from '../formats/audit-chain.ts'
import type {Segment} from '../formats/audit-segment.ts'
import {PosternError} from './error.ts'

/**
 * The text of an archive of these segments, a chunk a page. `pageAfter` gives the entries after a sequence, oldest first.
 * Nothing is verified here: what was written is, from the disk.
 * @throws PosternError `failed` when the server leaves entries out.
 */
export async function* archiveText(
  segments: readonly Segment[],
  publicKey: string,
  pageAfter: (sequence: number) => Promise<{entries: ChainLink[]}>,
): AsyncGenerator<string> {
  for (const segment of segments) {
    yield `${headerLine(segment, publicKey)}\n`
    const digest = linesDigest()
    const count = segment.last - segment.first + 1
    for (let written = 0; written < count; ) {
      const {entries} = await pageAfter(segment.first - 1 + written)
      const wanted = entries.slice(0, count - written)
      if (wanted.length === 0) throw new PosternError('failed', 'The server left out entries of what it sealed.')
      for (const {canonical} of wanted) digest.add(canonical)
      yield wanted.map(({canonical}) => `${canonical}\n`).join('')
      written += wanted.length
    }
    yield `${trailerLine(count, digest.hex())}\n`
  }
}
