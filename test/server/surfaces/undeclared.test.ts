import {afterEach, expect, test} from 'vitest'
import {routes} from '../../../src/contract/routes/index.ts'
import {readSettings} from '../../../src/server/settings.ts'
import {start} from '../../../src/server/start.ts'
import {tempFolder} from '../../world/program.ts'

const added = routes as unknown as Record<string, unknown>
afterEach(() => {
  delete added.undeclared
})

test.each([
  ['no permission', {permission: undefined}, 'route undeclared declares no permission'],
  ['no stand to scopes', {reach: undefined}, 'route undeclared does not say how it stands to scopes'],
])('a route with %s keeps the server from starting', async (_, lacking, message) => {
  const {path, remove} = tempFolder()
  try {
    const {settings} = readSettings({data: `${path}/data`, listen: '127.0.0.1:0'}, {POSTERN_LOG_LEVEL: 'silent'})
    added.undeclared = {...routes.secretsList, path: '/orgs/:org/undeclared', ...lacking}
    await expect(start(settings, {log: {write: () => {}}, version: '0'})).rejects.toThrow(message)
    delete added.undeclared
    const server = await start(settings, {log: {write: () => {}}, version: '0'})
    await server.stop()
  } finally {
    remove()
  }
})
