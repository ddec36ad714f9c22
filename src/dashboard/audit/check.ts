import type {ReplyOf} from '../api/ask.ts'

type Log = ReplyOf<'auditList'>

const hex = (bytes: ArrayBuffer): string =>
  [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/**
 * Whether entries that follow one another, newest first, are what was hashed and follow each other, and whether the newest
 * is the one that the server signed, where the list begins with it. The format: docs/formats/audit-chain.md. All of the
 * log, and the signature, the CLI verifies.
 */
export async function check({entries, head}: Pick<Log, 'entries' | 'head'>): Promise<'holds' | 'broken'> {
  const links = await Promise.all(
    entries.map(async ({canonical, hash}) => {
      const found = hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(canonical)))
      const {sequence, previous} = JSON.parse(canonical) as {sequence: number; previous: string}
      return {sequence, previous, hash, isHash: found === hash}
    }),
  )
  const follows = links.every(({previous, sequence, isHash}, at) => {
    const older = links[at + 1]
    return isHash && (older === undefined || (previous === older.hash && sequence === older.sequence + 1))
  })
  const newest = links[0]
  const headed = newest === undefined || newest.sequence !== head.sequence || newest.hash === head.hash
  return follows && headed ? 'holds' : 'broken'
}
