import * as z from 'zod/mini'
import {read} from '../route.ts'
import {page, pageOf} from './shared.ts'

export const scopesList = read('/orgs/:org/scopes', {
  surfaces: ['cli', 'dashboard'],
  reach: 'listed',
  permission: 'scopes.list',
  summary: 'List the scopes that hold something',
  query: z.strictObject(page),
  reply: pageOf(z.object({scope: z.string(), secrets: z.number(), variables: z.number()})),
})
