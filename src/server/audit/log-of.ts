import {NO_ORG, Refused} from '../gate/refused.ts'
import type {Read} from '../gate/types.ts'
import {isFirst} from '../store/first-organization.ts'

/**
 * Whose log is read: the caller's own, or, from the first organization, that of a deleted one, which has no readers left.
 * @throws Refused `not_found`.
 */
export async function logOf({db, actor}: Read, name: string): Promise<{orgId: number; org: string}> {
  if (name === actor.org) return actor
  const deleted = (await isFirst(db, actor.orgId))
    ? await db
        .selectFrom('organizations')
        .select(['id as orgId', 'name as org'])
        .where('name', '=', name)
        .where('deleted_at', 'is not', null)
        .executeTakeFirst()
    : undefined
  if (deleted === undefined) throw new Refused(...NO_ORG)
  return deleted
}
