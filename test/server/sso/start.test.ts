import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {readSettings, type StartFlags} from '../../../src/server/settings.ts'
import {type RunningServer, start} from '../../../src/server/start.ts'
import {engineEnv} from '../../world/engine.ts'

let home: string
let log: string[]
let running: RunningServer | undefined
const umask = process.umask()
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'postern-sso-start-'))
  log = []
})
afterEach(async () => {
  await running?.stop()
  running = undefined
  process.umask(umask)
  await rm(home, {recursive: true, force: true})
})

async function run(flags: StartFlags): Promise<void> {
  const data = join(home, 'data')
  const env = {HOME: home, ...(await engineEnv(['server', 'start', '--data', data]))}
  const sso = {'oidc-issuer': 'https://id.example.com', 'oidc-client-id': 'postern', 'oidc-role': ['platform=admin']}
  const {settings} = readSettings({data, listen: '127.0.0.1:0', ...sso, ...flags}, env)
  running = await start(settings, {log: {write: (line) => log.push(line)}, version: '1.2.3'})
}

test('a server whose client has no secret in its file does not start', async () => {
  await expect(run({'oidc-client-secret-file': join(home, 'none')})).rejects.toMatchObject({
    name: 'StartError',
    next: expect.stringContaining('--oidc-client-secret-file'),
  })
})

test('a role that is not there is warned of, by name, and the server starts', async () => {
  await run({'oidc-role': ['ops=admni', 'platform=admin', 'others=admni']})
  const warned = log.map((line) => JSON.parse(line) as {level: string; role?: string}).filter(({role}) => role)
  expect(warned).toMatchObject([{level: 'warn', role: 'admni'}])
})
