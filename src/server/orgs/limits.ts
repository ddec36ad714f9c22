import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act, Change, Read, Write} from '../gate/types.ts'

type Route = Routes['limitsSet']

/** What the caller's organization is held to. */
export const showLimits = async ({db, actor}: Read): Promise<Reply<Routes['limitsShow']>> => ({
  keptVersions: await keptVersionsOf(db, actor.orgId),
})

/** Changes the limits. What is over a new limit goes with the next write of its name, not now. */
export const setLimits: Act<'orgs.limits', Input<Route>, Reply<Route>> = async (tx, asks) => {
  const outcomes: Change<Reply<Route>>[] = []
  // What changes limits has a turn to itself, so this list has one element.
  for (const {input} of asks) {
    const {keptVersions} = input.body
    const before = {keptVersions: await keptVersionsOf(tx.db, tx.orgId)}
    const changed = keptVersions !== before.keptVersions
    if (changed)
      await tx.db.updateTable('organizations').set({kept_versions: keptVersions}).where('id', '=', tx.orgId).execute()
    outcomes.push({
      reply: {keptVersions, before, changed},
      targets: [{kind: 'organization', name: tx.org}],
      changed,
      note: `kept versions: ${keptVersions ?? 'all'}`,
    })
  }
  return outcomes
}

async function keptVersionsOf(db: Pick<Write<'orgs.limits'>['db'], 'selectFrom'>, orgId: number) {
  const row = await db
    .selectFrom('organizations')
    .select('kept_versions')
    .where('id', '=', orgId)
    .executeTakeFirstOrThrow()
  return row.kept_versions
}
