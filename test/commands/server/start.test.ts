import {once} from 'node:events'
import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {request} from 'node:https'
import {createServer} from 'node:net'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {decodeEnrolment} from '../../../src/formats/enrolment.ts'
import {run, tempFolder} from '../../world/program.ts'
import {request as ask} from '../../world/request.ts'
import {type RunningServer, type ServerOptions, startServer} from '../../world/server.ts'

let folder: ReturnType<typeof tempFolder>
let servers: RunningServer[]
let data: string
beforeEach(() => {
  folder = tempFolder()
  servers = []
  data = join(folder.path, 'server')
})
afterEach(async () => {
  await Promise.all(
    servers.filter((server) => server.process.exitCode === null).map((server) => server.stop('SIGKILL')),
  )
  folder.remove()
})

async function serve(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const server = await startServer({data, home: folder.path, ...options})
  servers.push(server)
  return server
}

const token = () => decodeEnrolment(readFileSync(join(data, 'owner-enrolment'), 'utf8'))!.token
const body = JSON.stringify({value: {encoding: 'utf8', data: 'in-flight'}})

/** A write of which the first half is sent. */
function halfWrite(server: RunningServer) {
  const {hostname, port} = new URL(server.url)
  const path = '/admin/v1/orgs/default/variables/KEY?scope=production'
  const headers = {
    authorization: `Bearer ${token()}`,
    'content-type': 'application/json',
    'content-length': body.length,
  }
  const sent = request({hostname, port, path, method: 'PUT', ca: server.ca, headers, agent: false})
  sent.write(body.slice(0, 10))
  const answered = once(sent, 'response').then(([reply]) => reply.resume().statusCode as number)
  answered.catch(() => {})
  return {sent, answered}
}

describe('server start', () => {
  test('says where it listens and what to type next, and never the token', async () => {
    const server = await serve()
    const line = JSON.parse(
      server
        .output()
        .split('\n')
        .find((text) => text.includes('adminUrl'))!,
    )
    expect(line).toMatchObject({
      adminUrl: server.url,
      caFingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      next: `postern login --local ${data}`,
    })
    const [, ...next] = (line.next as string).split(' ')
    expect(await run(next, folder.path)).toMatchObject({code: 0})
    expect(await run(['whoami', '--json'], folder.path)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"owner"'),
    })
    expect(server.output()).not.toContain(token())
    expect(await server.stop()).toBe(0)
  })

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'finishes what runs on %s, accepts nothing new, and ends with 0',
    async (signal) => {
      const server = await serve()
      const {sent, answered} = halfWrite(server)
      await once(sent, 'socket').then(([socket]) => once(socket, 'secureConnect'))
      await new Promise((resolve) => setTimeout(resolve, 300))
      const ended = server.stop(signal)
      await new Promise((resolve) => setTimeout(resolve, 300))
      await expect(ask(server.url, '/healthz', server.ca)).rejects.toThrow(/ECONNREFUSED/)
      sent.end(body.slice(10))
      expect(await answered).toBe(200)
      expect(await ended).toBe(0)
    },
  )

  test('does not wait for ever for what runs', async () => {
    const server = await serve()
    const {sent} = halfWrite(server)
    sent.on('error', () => {})
    await once(sent, 'socket').then(([socket]) => once(socket, 'secureConnect'))
    const before = performance.now()
    expect(await server.stop()).toBe(0)
    expect(performance.now() - before).toBeLessThan(20_000)
  })

  test('frees the folder however it ends', async () => {
    const first = await serve()
    const second = await run(['server', 'start', '--data', data, '--listen', '127.0.0.1:0', '--json'], folder.path)
    expect(second.code).toBe(1)
    expect(JSON.parse(second.stdout).error.message).toBe(`Another server is running on the data folder ${data}.`)
    await first.stop('SIGKILL')
    const again = await serve()
    expect((await ask(again.url, '/readyz', again.ca)).status).toBe(200)
  })

  test('starts where Kubernetes runs it', async () => {
    const env = {POSTERN_SERVICE_HOST: '10.0.0.9', POSTERN_PORT: 'tcp://10.0.0.9:8443', POSTERN_COLOR: 'x'}
    const server = await serve({env})
    expect(await server.stop()).toBe(0)
    expect(server.output().match(/^Warning: .*$/gm)).toEqual(['Warning: POSTERN_COLOR means nothing to the server'])
  })

  test.each<{
    does: string
    args?: string[]
    env?: Record<string, string>
    given?: () => void
    code: number
    says: RegExp
  }>([
    {does: 'a near miss', env: {POSTERN_DTAA: 'hunter2'}, code: 2, says: /Did you mean POSTERN_DATA\?/},
    {does: 'a wrong address', args: ['--listen', 'hunter2'], code: 2, says: /--listen takes/},
    {does: 'http', args: ['--public-url', 'http://hunter2'], code: 2, says: /--public-url takes an https/},
    {does: 'a value that is no flag', args: ['hunter2'], code: 2, says: /server start/},
    {does: 'a folder that is open', given: () => mkdirSync(data, {mode: 0o755}), code: 1, says: /chmod 700/},
    {does: 'a folder that cannot be', given: () => writeFileSync(data, ''), code: 1, says: /cannot be made/},
    {does: 'a missing key file', args: ['--root-key-file', '/nowhere/key'], code: 1, says: /\/nowhere\/key is missing/},
    {
      does: 'a missing certificate',
      args: ['--tls-cert', '/nowhere/c', '--tls-key', '/nowhere/k'],
      code: 1,
      says: /cannot be read/,
    },
    {does: 'an address that is not here', args: ['--listen', '192.0.2.1:0'], code: 1, says: /no address 192\.0\.2\.1/},
  ])('refuses $does with exit $code', async ({args = [], env = {}, given, code, says}) => {
    given?.()
    const listen = args.includes('--listen') ? [] : ['--listen', '127.0.0.1:0']
    const ran = await run(['server', 'start', '--data', data, ...listen, ...args], folder.path, {env})
    expect(ran.code).toBe(code)
    expect(ran.stderr).toMatch(says)
    expect(ran.stderr).toMatch(/^Next: /m)
    expect(ran.stdout + ran.stderr).not.toContain('hunter2')
  })

  test('refuses a port in use, and starts once it is free', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const {port} = other.address() as {port: number}
    const listen = ['--listen', `127.0.0.1:${port}`]
    const ran = await run(['server', 'start', '--data', data, ...listen], folder.path)
    expect(ran).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`Another program listens on 127.0.0.1:${port}.`),
    })
    other.close()
    await once(other, 'close')
    expect((await serve({args: listen})).url).toBe(`https://127.0.0.1:${port}`)
  })

  test('refuses to go on without its root key, and changes nothing', async () => {
    await (await serve()).stop()
    rmSync(join(data, 'root.key'))
    const before = readdirSync(data)
    const ran = await run(['server', 'start', '--data', data, '--listen', '127.0.0.1:0'], folder.path)
    expect(ran).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/root\.key is missing.*\nNext: restore the file/),
    })
    expect(readdirSync(data)).toEqual(before)
  })
})
