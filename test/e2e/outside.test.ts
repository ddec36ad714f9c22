import {execFileSync, spawnSync} from 'node:child_process'
import {mkdirSync, readFileSync} from 'node:fs'
import {createServer, type Server} from 'node:http'
import {type AddressInfo, connect} from 'node:net'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {decodeEnrolment} from '../../src/formats/enrolment.ts'
import {fingerprint} from '../../src/formats/fingerprint.ts'
import {homeEnv, program, run, tempFolder} from '../world/program.ts'
import {type RunningServer, startServer} from '../world/server.ts'

describe('a server with a public host name, reached through a proxy', () => {
  const {path: home, remove} = tempFolder()
  const data = join(home, 'data')
  let server: RunningServer
  let token: string
  let proxy: Server
  const asked: string[] = []
  beforeAll(async () => {
    server = await startServer({home, data, args: ['--public-url', 'https://postern.example:8443']})
    token = decodeEnrolment(readFileSync(join(data, 'owner-enrolment'), 'utf8'))!.token
    // What stands between: it takes the public name to the server, as a DNS entry and a firewall would.
    proxy = createServer().on('connect', (request, client, head) => {
      asked.push(request.url!)
      const tunnel = connect(Number(/127.0.0.1:(\d+)/.exec(server.output())![1]), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n')
        tunnel.write(head)
        tunnel.pipe(client).pipe(tunnel)
      })
      for (const end of [tunnel, client]) end.on('error', () => end.destroy())
    })
    await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
  })
  afterAll(async () => {
    proxy.closeAllConnections()
    proxy.close()
    await server.stop()
    remove()
  })

  const through = (more = {}) => ({
    env: {HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, TOKEN: token, ...more},
  })
  const login = (url: string) => [
    'login',
    url,
    '--profile',
    'remote',
    '--from-env',
    'TOKEN',
    '--ca-file',
    join(data, 'tls/ca.crt'),
  ]

  test('its certificate has that name', async () => {
    const ran = await run(login('https://postern.example:8443'), home, through())
    expect(ran.code, ran.stderr).toBe(0)
    expect(asked).toContain('postern.example:8443')
    expect((await run(['whoami', '--profile', 'remote'], home, through())).stdout).toContain(
      'https://postern.example:8443',
    )
  })

  test('and no other', async () => {
    const ran = await run(login('https://other.example:8443'), home, through())
    expect([ran.code, /another host name/.test(ran.stderr), ran.stderr.includes(token)]).toEqual([8, true, false])
  })

  test('NO_PROXY is obeyed', async () => {
    const before = asked.length
    const ran = await run(['whoami', '--profile', 'remote'], home, through({NO_PROXY: 'postern.example'}))
    expect([ran.code, asked.length]).toEqual([8, before])
  })
})

describe('a value out of pass', () => {
  const {path: home, remove} = tempFolder()
  afterAll(() => {
    spawnSync('gpgconf', ['--kill', 'all'], {env: {...homeEnv(home), GNUPGHOME: join(home, 'gpg')}})
    remove()
  })

  test('arrives as it was put in', ({skip}) => {
    const there = spawnSync('sh', ['-c', 'command -v pass && command -v gpg']).status === 0
    if (!there && process.env.CI === 'true') throw new Error('pass or gpg is missing')
    if (!there) {
      console.warn('SKIPPED: pass or gpg is missing')
      skip()
    }
    const env = {...homeEnv(home), GNUPGHOME: join(home, 'gpg'), PASSWORD_STORE_DIR: join(home, 'store')}
    mkdirSync(env.GNUPGHOME, {mode: 0o700})
    const sh = (command: string, input = '') =>
      execFileSync('sh', ['-c', command], {env, input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe']})
    sh('gpg --batch --passphrase "" --quick-generate-key tester@example.org default default never')
    sh('pass init tester@example.org')
    sh('pass insert --multiline prod/db', 'correct horse battery staple\n')
    const out = sh(
      `pass show prod/db | '${process.execPath}' '${program}' secret set --scope production DB_PASSWORD --dry-run`,
    )
    expect(out).toBe(
      `[dry-run] would set DB_PASSWORD in scope production sha256=${fingerprint(Buffer.from('correct horse battery staple'))}\n`,
    )
    const failed = `pass show prod/none | '${process.execPath}' '${program}' secret set --scope production DB_PASSWORD --dry-run`
    expect(spawnSync('sh', ['-c', failed], {env}).status).toBe(1)
  })
})
