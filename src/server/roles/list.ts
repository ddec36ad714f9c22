import {roles} from '../../contract/permissions.ts'
import type {Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {permissionList} from '../credentials/confirm.ts'
import type {Read} from '../gate/types.ts'

/** The built-in roles, then the organization's own by name. */
export async function listRoles({db, actor}: Read): Promise<Reply<Routes['rolesList']>> {
  const own = await db.selectFrom('roles').selectAll().where('org_id', '=', actor.orgId).orderBy('name').execute()
  const builtIn = Object.entries(roles).map(([name, permissions]) => ({
    name,
    permissions: [...permissions],
    builtIn: true,
    createdAt: null,
    createdBy: null,
  }))
  return {
    items: [
      ...builtIn,
      ...own.map((row) => ({
        name: row.name,
        permissions: permissionList(row.permissions),
        builtIn: false,
        createdAt: row.created_at,
        createdBy: row.created_by,
      })),
    ],
  }
}
