import {createHash, timingSafeEqual} from 'node:crypto'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {type Ask, type Disclose, type Disclosure, type Refusal, type Reveal, refusal} from '../gate/types.ts'
import {type Entry, isLive, loadEntries, nameOf} from '../values/load.ts'
import {loadSealed} from '../values/load-sealed.ts'

type Route = Routes['secretsDiff']
type Outcome = Disclosure<Reply<Route>> | Refusal
type Item = Reply<Route>['items'][number]

/** How many values are in memory at once: one may have a mebibyte. */
const AT_ONCE = 50

/**
 * Says of each candidate, of which the SHA-256 came, whether it is the stored value: nothing else of that goes anywhere. A
 * name that has no value counts as absent. Refusals: malformed (a key twice).
 */
export const diffSecrets: Reveal<Input<Route>, Reply<Route>> = async (handle, asks) => {
  const outcomes: Outcome[] = []
  for (const ask of asks) outcomes.push(await diff(handle, ask))
  return outcomes
}

async function diff(handle: Disclose, {input: {query, body}}: Ask<Input<Route>>): Promise<Outcome> {
  const {scope} = query
  // Each would be one more guess at the same value.
  if (new Set(body.items.map(({key}) => key)).size < body.items.length)
    return refusal('malformed', 'A key is named twice.')
  const names = body.items.map(({key}) => ({scope, key}))
  const stored = await loadEntries(handle.db, handle.orgId, 'secret', names)
  const items: Item[] = []
  for (let at = 0; at < body.items.length; at += AT_ONCE) {
    const pack = body.items.slice(at, at + AT_ONCE).map(({key, sha256}) => {
      const entry = stored.get(nameOf({scope, key}))
      return {key, sha256, entry: isLive(entry) && entry.length !== null ? entry : null}
    })
    const sealed = await loadSealed(
      handle.db,
      pack.flatMap(({entry}) => (entry === null ? [] : [entry])),
    )
    for (const {key, sha256, entry} of pack) {
      if (entry === null) items.push({key, state: 'absent', version: 0})
      else {
        const same = isSame(handle, entry, sealed(entry)!, Buffer.from(sha256, 'hex'))
        items.push({key, state: same ? 'same' : 'different', version: entry.version})
      }
    }
  }
  return {reply: {scope, items}, targets: [{kind: 'scope', scope}]}
}

type Sealed = NonNullable<ReturnType<Awaited<ReturnType<typeof loadSealed>>>>

/** In a time that tells nothing of where they differ. What is no text is not what a file has, whatever its bytes. */
function isSame(handle: Disclose, entry: Entry, {sealed, type}: Sealed, digest: Buffer): boolean {
  const {scope, key, version} = entry
  const bytes = handle.open({org: handle.org, kind: 'secret', scope, key, version, type}, sealed)
  const found = createHash('sha256').update(bytes).digest()
  bytes.fill(0)
  return type === 'string' && timingSafeEqual(found, digest)
}
