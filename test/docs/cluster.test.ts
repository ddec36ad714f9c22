import {type ChildProcess, spawn, spawnSync} from 'node:child_process'
import {randomUUID} from 'node:crypto'
import {readFileSync, writeFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {type Nodes, startNodes} from '../world/nodes.ts'
import {freePort} from '../world/postgres.ts'
import {until} from '../world/trial.ts'
import {asToken, succeed} from '../world/world.ts'

const installed = spawnSync('haproxy', ['-v']).error === undefined

let n: Nodes
let balancer: ChildProcess
let said = ''
beforeAll(async () => {
  if (installed) n = await startNodes(`balanced_${randomUUID()}`, 3)
})
afterAll(async () => {
  balancer?.kill('SIGKILL')
  await n?.close()
})

/** The document's own, with the addresses of these nodes. */
function configuration(port: number): string {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs/cluster.md'), 'utf8')
  const [, shown] = /```haproxy\n([\s\S]*?)```/.exec(text)!
  const given: [string, string][] = [
    ['bind :8443', `bind 127.0.0.1:${port}`],
    ['/etc/haproxy/postern-ca.crt', join(n.all[0]!.data, 'tls/ca.crt')],
    ...n.all.map((node, index): [string, string] => [`10.0.0.1${index + 1}:8443`, new URL(node.url).host]),
  ]
  return given.reduce((config, [from, to]) => {
    expect(config).toContain(from)
    return config.replace(from, to)
  }, shown!)
}

test('behind the balancer of docs/cluster.md, nodes come and go, and clients notice nothing', async ({skip}) => {
  if (!installed && process.env.CI === 'true') throw new Error('haproxy is missing')
  if (!installed) console.warn('SKIPPED: haproxy is missing')
  skip(!installed)
  const port = await freePort()
  const config = join(n.folder, 'haproxy.cfg')
  writeFileSync(config, configuration(port))
  balancer = spawn('haproxy', ['-db', '-f', config], {stdio: 'pipe'})
  for (const stream of [balancer.stdout, balancer.stderr]) stream?.on('data', (part: Buffer) => (said += part))
  const at = {...n.all[0]!, url: `https://127.0.0.1:${port}`}
  /** Sent again under its id where the connection was cut, as the CLI does: the balancer ends those of a node that it takes for down. */
  const write = (value: string) => {
    const input = {
      params: {org: 'default', key: 'KEY'},
      query: {scope: 'balanced'},
      body: {value: {encoding: 'utf8' as const, data: value}},
    }
    const headers = {'x-request-id': randomUUID()}
    const send = () => asToken(at, n.token, 'secretsSet', input, headers)
    return send().catch(send)
  }
  await until('the balancer', () =>
    write('first').then(
      ({status}) => status === 200,
      () => false,
    ),
  )
  await succeed(n.cli(at, ['whoami']))
  for (const index of [0, 2]) {
    await n.all[index]!.stop('SIGKILL')
    for (let round = 0; round < 10; round++) expect((await write(`${index} ${round}`)).status).toBe(200)
    await succeed(n.cli(at, ['secret', 'list', '--scope', 'balanced']))
    await until(`node ${index} is seen to be down`, () => said.includes(`nodes/node-${index + 1} is DOWN`))
    await n.restart(index)
    await until(`node ${index} is seen to be up`, () => said.includes(`nodes/node-${index + 1} is UP`))
  }
  const {json} = await asToken(at, n.token, 'secretsHistory', {
    params: {org: 'default', key: 'KEY'},
    query: {scope: 'balanced'},
  })
  expect(json.items[0]!.version).toBe(21)
}, 180_000)
