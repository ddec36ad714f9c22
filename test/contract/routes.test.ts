import {expect, test} from 'vitest'
import {type RouteName, routes} from '../../src/contract/routes/index.ts'
import {loadRoute} from '../../src/contract/routes/load.ts'

test.each(Object.keys(routes) as RouteName[])('%s, loaded alone, is the one of the list', async (name) => {
  expect(await loadRoute(name)).toBe(routes[name])
})
