import {expect, test} from 'vitest'
import {type RouteName, routes} from '../../src/contract/routes/index.ts'
import {loadRoute} from '../../src/contract/routes/load.ts'
import {scopesDelete, scopesRename} from '../../src/contract/routes/scopes.ts'

test.each(Object.keys(routes) as RouteName[])('%s, loaded alone, is the one of the list', async (name) => {
  expect(await loadRoute(name)).toBe(routes[name])
})

test('a scope is moved by who reaches all of it, at both places, and deleted with all below likewise', () => {
  expect(scopesRename.reach({query: {scope: 'a/b'}, body: {to: 'c'}})).toEqual(['a/b/**', 'c/**'])
  expect(scopesDelete.reach({query: {scope: 'a', recursive: true}})).toEqual(['a/**'])
  expect(scopesDelete.reach({query: {scope: 'a'}})).toEqual(['a'])
})
