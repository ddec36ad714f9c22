import {afterAll, beforeAll, expect, test} from 'vitest'
import {roles} from '../../src/contract/permissions.ts'
import type {Route} from '../../src/contract/route.ts'
import {type RouteName, routes} from '../../src/contract/routes/index.ts'
import {type Surface, surfaces} from '../../src/contract/surfaces.ts'
import {type Asks, type Session, signIn} from '../world/browser.ts'
import {samples} from '../world/samples.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

/** Who asks: each built-in role, and an owner that is bound to scopes of which no sample speaks. */
const callers = {
  ...Object.fromEntries(
    Object.keys(roles).map((role) => [role, role === 'workload' ? ['--environment', 'sample'] : ['--role', role]]),
  ),
  'bound elsewhere': ['--role', 'owner', '--scope', 'elsewhere/**'],
}

let w: World
const tokens = new Map<string, string>()
const sessions = new Map<string, Session>()
beforeAll(async () => {
  w = await world()
  await succeed(w.cli(['secret', 'set', '--scope', 'production', 'SAMPLE'], {stdin: 'sample'}))
  await succeed(w.cli(['variable', 'set', '--scope', 'production', 'SAMPLE'], {stdin: 'sample'}))
  await succeed(w.cli(['environment', 'create', 'sample']))
  for (const [name, argv] of Object.entries(callers)) {
    const {stdout} = await succeed(w.cli(['token', 'create', `caller-${name.replace(' ', '-')}`, ...argv]))
    const token = stdout.trim()
    tokens.set(name, token)
    if (name === 'workload') continue
    const link = await asToken(w.server, token, 'dashboardOpen', {params: {org: 'default'}})
    if (link.status === 200) sessions.set(name, await signIn(link.json.url, w.server.ca))
  }
})
afterAll(() => w.close())

/** May, may not, or has no door: by the code of the answer, whatever else there is to say about the request. */
async function answerTo(name: RouteName, surface: Surface, caller: string): Promise<string> {
  if (!(routes[name] as Route).surfaces.includes(surface)) return '-'
  const asks = samples[name] as Asks<'whoami'>
  // A credential of another surface is none: surfaces.test.ts.
  if ((surface === 'workload') !== (caller === 'workload')) return '-'
  if (surface !== 'dashboard') return said((await asToken(w.server, tokens.get(caller)!, name as 'whoami', asks)).text)
  const session = sessions.get(caller)
  return session === undefined ? 'no session' : said((await session.call(name as 'whoami', asks)).text)
}

function said(text: string): string {
  const {code} = JSON.parse(text) as {code?: string}
  if (code === 'forbidden') return 'no'
  // A sample that is refused for its form, or by a fault, would say nothing about access.
  if (['malformed', 'unauthenticated', 'internal', 'method_not_allowed'].includes(code ?? '')) throw new Error(text)
  return 'yes'
}

test('who may do what, through which surface, is as the golden table says', async () => {
  const names = Object.keys(callers)
  const rows = [['route', 'surface', ...names]]
  for (const name of Object.keys(routes) as RouteName[]) {
    for (const surface of surfaces) {
      const row: string[] = [name, surface]
      for (const caller of names) row.push(await answerTo(name, surface, caller))
      rows.push(row)
    }
  }
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
  // To change it on purpose: npx vitest run test/e2e/access.test.ts -u, and read the difference.
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../golden/access.txt')
})
