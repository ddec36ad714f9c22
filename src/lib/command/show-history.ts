import {versionTable} from '../output/versions.ts'
import {allItems} from './all-pages.ts'
import type {Client} from './base.ts'
import type {World} from './world.ts'

interface Asked {
  route: 'secretsHistory' | 'variablesHistory'
  scope: string
  key: string
  world: World
  client: Client
}

/** Every version of a secret or variable, the newest first, and the same as text; never a value. */
export async function showHistory({route, scope, key, world, client}: Asked) {
  const items = await allItems((cursor) =>
    client.call(route, {params: {org: client.org, key}, query: {scope, limit: 1000, cursor}}),
  )
  if (items.length === 0 && world.stderrIsTerminal) world.stderr.write('No versions: it was declared, and never set.\n')
  return {result: {key, scope, items}, text: await versionTable(items, world.stdoutIsTerminal)}
}
