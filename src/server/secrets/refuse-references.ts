import type {Kysely} from 'kysely'
import {MAX_REFERENCE_DEPTH as MAX_DEPTH} from '../../contract/limits.ts'
import type {Reference} from '../../contract/reference.ts'
import {reaches} from '../../contract/scope-pattern.ts'
import {type Actor, type Refusal, refusal} from '../gate/types.ts'
import type {Schema} from '../store/schema.ts'
import {follow, type Graph, loadNodes, type Node, nameOf, pathText, rowsOf} from '../values/references.ts'

/** A secret that is about to refer to others, and who says so. */
export interface Referring {
  actor: Actor
  scope: string
  key: string
  references: readonly Reference[]
}

interface Handle {
  db: Pick<Kysely<Schema>, 'selectFrom'>
  orgId: number
}

/**
 * Why each must not refer to what it does; null: it may. Whoever refers to a secret must be able to read it, and what may not be
 * read answers as what is not there. Refusals: forbidden, not_found, unresolvable.
 */
export async function refuseReferences({db, orgId}: Handle, all: readonly Referring[]): Promise<(Refusal | null)[]> {
  const named = all.flatMap(({references}) => rowsOf(0, 0, references))
  if (named.length === 0) return all.map(() => null)
  const nodeOf = await loadNodes(db, orgId, named)
  const targets = named.flatMap((one) => nodeOf(one) ?? [])
  const graph = await follow(db, orgId, targets)
  return all.map(({actor, references, ...own}) => {
    if (references.length === 0) return null
    if (!actor.permissions.includes('secrets.reveal'))
      return refusal(
        'forbidden',
        'This needs the permission secrets.reveal on what it refers to, which the credential’s role does not have.',
      )
    for (const row of rowsOf(0, 0, references)) {
      const to = nodeOf(row)
      if (to === null || !reaches(actor.scopes, to.scope))
        return refusal(
          'not_found',
          `What it refers to is not there, has no value, or is not for you to read: ${nameOf(row)}`,
        )
      const wrong = wrongField(to, row.field) ?? roundTrip(graph, own, to)
      if (wrong !== null) return refusal('unresolvable', wrong)
    }
    return null
  })
}

/** Whether a field can be asked of such a value, as far as that is known without it. */
function wrongField({type, scope, key}: Node, field: string | null): string | null {
  if (field === null || type === 'fields' || type === 'reference' || (type === 'totp' && field === 'code')) return null
  return `${scope}/${key} has no field ${field}: it is a ${type}.`
}

/** The way by which references come back to where they began, or go on for too long; null: they end. */
function roundTrip(graph: Graph, own: {scope: string; key: string}, first: Node): string | null {
  const isOwn = ({scope, key}: {scope: string; key: string}) => scope === own.scope && key === own.key
  const way = (path: readonly Node[], end: string) => pathText([own, ...path], end)
  const seen = new Map<number, number>()
  /** How many references stand behind a secret; a text: what is wrong. */
  const depthOf = (node: Node, path: readonly Node[]): number | string => {
    if (isOwn(node) || path.some(({id}) => id === node.id))
      return `The references go round: ${way(path, `${node.scope}/${node.key}`)}`
    const known = seen.get(node.id)
    if (known !== undefined) return known
    let depth = 1
    for (const {to, named} of graph.edgesOf(node)) {
      // What is about to be there is not in the graph yet.
      if (to === null && named === `${own.scope}/${own.key}`)
        return `The references go round: ${way([...path, node], named)}`
      const behind = to === null ? 0 : depthOf(to, [...path, node])
      if (typeof behind === 'string') return behind
      depth = Math.max(depth, behind + 1)
    }
    seen.set(node.id, depth)
    return depth > MAX_DEPTH ? `More than ${MAX_DEPTH} references stand behind each other: ${way(path, '…')}` : depth
  }
  const depth = depthOf(first, [])
  return typeof depth === 'string' ? depth : null
}
