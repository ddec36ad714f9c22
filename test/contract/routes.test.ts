import {expect, test} from 'vitest'
import * as z from 'zod/mini'
import {registry} from '../../src/contract/operations.ts'
import {organizationWide, permissions} from '../../src/contract/permissions.ts'
import type {Route} from '../../src/contract/route.ts'
import {type RouteName, routes} from '../../src/contract/routes/index.ts'
import {loadRoute} from '../../src/contract/routes/load.ts'
import {scopesDelete, scopesRename} from '../../src/contract/routes/scopes.ts'

test.each(Object.keys(routes) as RouteName[])('%s, loaded alone, is the one of the list', async (name) => {
  expect(await loadRoute(name)).toBe(routes[name])
})

test('the permissions that a bound credential never has a use for are those of routes beyond scopes alone', () => {
  const all: Route[] = Object.values(routes)
  const needing = (permission: string) =>
    all.filter(
      (route) => (route.verb === 'write' ? registry.get(route.operation)!.permission : route.permission) === permission,
    )
  const beyond = permissions.filter((permission) => {
    const found = needing(permission)
    return found.length > 0 && found.every((route) => route.reach === 'organization')
  })
  expect([...organizationWide].sort()).toEqual([...beyond].sort())
})

test('a scope is moved by who reaches all of it, at both places, and deleted with all below likewise', () => {
  expect(scopesRename.reach({query: {scope: 'a/b'}, body: {to: 'c'}})).toEqual(['a/b/**', 'c/**'])
  expect(scopesDelete.reach({query: {scope: 'a', recursive: true}})).toEqual(['a/**'])
  expect(scopesDelete.reach({query: {scope: 'a'}})).toEqual(['a'])
})

const json = {io: 'input', unrepresentable: 'any'} as const
const kindOf = (path: string) => path.split('/')[3]!.replace(/s$/, '')

test.each(Object.entries(routes) as [string, Route][])(
  '%s opens sealed values if its body may have some',
  (_, route) => {
    const takesSealed = route.body !== undefined && JSON.stringify(z.toJSONSchema(route.body, json)).includes('"hpke"')
    expect('values' in route ? route.values : undefined).toBe(takesSealed ? kindOf(route.path) : undefined)
  },
)
