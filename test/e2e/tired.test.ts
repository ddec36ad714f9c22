import {spawnSync} from 'node:child_process'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {homeEnv, program} from '../world/program.ts'
import {type World, world} from '../world/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w.close())

const dryRun = ['secret', 'set', '--scope', 'production', 'KEY', '--dry-run']

describe('what a tired operator meets', () => {
  test.each([
    ['a dry run', dryRun],
    ['a call', ['whoami']],
  ])('stdout that is full: %s says so in a line', (_, argv) => {
    const command = `exec '${process.execPath}' '${program}' ${argv.join(' ')} > /dev/full`
    const ran = spawnSync('sh', ['-c', command], {env: homeEnv(w.home), input: 'hunter2', encoding: 'utf8'})
    expect(ran.stderr).toMatch(/^Error: .*stdout.*\(ENOSPC\)/)
    expect(ran.stderr).not.toMatch(/ at |hunter2/)
    expect(ran.status).toBe(1)
  })

  test('a reader that goes away is no error', () => {
    const command = `'${process.execPath}' '${program}' ${dryRun.join(' ')} | true`
    const ran = spawnSync('sh', ['-c', command], {env: homeEnv(w.home), input: 'hunter2', encoding: 'utf8'})
    expect([ran.status, ran.stderr]).toEqual([0, ''])
  })

  test('POSTERN_ORG that breaks the rules is wrong usage, and not repeated', async () => {
    const {code, stderr} = await w.cli(['secret', 'list'], {env: {POSTERN_ORG: 'hunter2/../x'}})
    expect([code, stderr.includes('POSTERN_ORG'), stderr.includes('hunter2')]).toEqual([2, true, false])
  })

  test.each([
    ['a server that is not there', ['whoami'], {POSTERN_URL: 'https://127.0.0.1:9', POSTERN_TOKEN: 'x'}, 8],
    ['a token that is wrong', ['whoami'], {POSTERN_TOKEN: 'x'}, 3],
    ['a name that is not there', ['variable', 'get', '--scope', 'a', 'NONE'], {}, 5],
    ['another version', ['secret', 'set', '--scope', 'a', 'K', '--expect-version', '7', '--value', 'x'], {}, 6],
  ])('%s: the error says what to type next', async (_, argv, env, exit) => {
    const {code, stderr} = await w.cli(argv, {env})
    expect(code).toBe(exit)
    expect(stderr).toMatch(/^Next: .*postern /m)
  })

  test.each(['/proc', '/dev/null'])('HOME=%s: login ends, and says why', (home) => {
    const env = {PATH: process.env.PATH, HOME: home, TOKEN: w.token}
    const argv = [program, 'login', w.server.url, '--from-env', 'TOKEN', '--ca-file', join(w.server.data, 'tls/ca.crt')]
    const ran = spawnSync(process.execPath, argv, {env, encoding: 'utf8', timeout: 20_000})
    expect(ran.status, ran.stderr).toBe(1)
    expect(ran.stderr).toMatch(/^Error: .*(ENOENT|ENOTDIR|EACCES)/m)
    expect(ran.stderr).not.toContain(w.token)
  })
})
