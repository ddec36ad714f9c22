import * as z from 'zod/mini'
import {name} from '../names.ts'
import {permissions} from '../permissions.ts'
import {read, write} from '../route.ts'
import {dryRun} from './shared.ts'

const role = z.object({
  name: z.string(),
  permissions: z.array(z.string()),
  builtIn: z.boolean(),
  createdAt: z.nullable(z.string()),
  createdBy: z.nullable(z.string()),
})

export const rolesList = read('/orgs/:org/roles', {
  surfaces: ['cli', 'dashboard'],
  reach: 'any',
  permission: 'roles.list',
  summary: 'List the roles, built-in ones first, with what each allows',
  reply: z.object({items: z.array(role)}),
})

export const rolesCreate = write('POST', '/orgs/:org/roles', {
  surfaces: ['cli'],
  reach: 'organization',
  operation: 'roles.create',
  summary: 'Make a role of permissions that the credential has itself',
  query: z.strictObject({dryRun}),
  body: z.strictObject({
    name,
    permissions: z.array(z.enum(permissions)).check(z.minLength(1), z.maxLength(permissions.length)),
  }),
  reply: role,
})

export const rolesDelete = write('DELETE', '/orgs/:org/roles/:name', {
  surfaces: ['cli'],
  reach: 'organization',
  operation: 'roles.delete',
  summary: 'Delete a role that no valid token has',
  query: z.strictObject({dryRun}),
  reply: z.object({name: z.string(), changed: z.boolean()}),
})
