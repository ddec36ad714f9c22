import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {makeAuthority} from '../../src/server/tls/certificates.ts'
import {succeed, type World, world} from '../world/world.ts'

let here: World
beforeAll(async () => {
  here = await world()
})
afterAll(() => here.close())

/** What of Node a run has loaded by its end. */
async function loadedBy(...argv: string[]): Promise<string[]> {
  const [hook, list] = [join(here.folder, 'hook.cjs'), join(here.folder, 'list')]
  writeFileSync(
    hook,
    `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(list)}, process.moduleLoadList.join('\\n')))`,
  )
  const {code, stderr} = await here.cli(argv, {stdin: 'abc', env: {NODE_OPTIONS: `--require ${hook}`}})
  expect(code, stderr).toBe(0)
  return readFileSync(list, 'utf8').split('\n')
}

const set = ['secret', 'set', '--scope', 'production', 'DB']

test('a set loads https, but not undici, HTTP/2 or web streams, each of which takes long', async () => {
  const loaded = await loadedBy(...set)
  expect(loaded).toContain('NativeModule https')
  expect(loaded.filter((name) => /undici|http2|webstreams\/readable/.test(name))).toEqual([])
})

test('a set loads WebCrypto, and HPKE over it, with --seal alone', async () => {
  const webCrypto = 'NativeModule internal/crypto/webcrypto'
  expect(await loadedBy(...set)).not.toContain(webCrypto)
  expect(await loadedBy(...set, '--dry-run', '--seal')).not.toContain(webCrypto)
  expect(await loadedBy(...set, '--seal')).toContain(webCrypto)
})

test('a dry run loads no network protocol, and no package from where it is installed', async () => {
  const loaded = await loadedBy(...set, '--dry-run')
  expect(loaded).toContain('NativeModule crypto')
  expect(loaded.filter((name) => /https?$|tls|child_process| module$/.test(name))).toEqual([])
})

test('the server’s certificate is known since sign-in; one that is not is verified in full, and known from then on', async () => {
  const file = join(here.home, 'config/postern/profiles.json')
  const read = () => JSON.parse(readFileSync(file, 'utf8')).profiles.default
  const certificate = {
    origin: here.server.url,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    until: expect.any(String),
  }
  const kept = read()
  expect(kept).toMatchObject({certificate})

  const other = {...kept.certificate, sha256: '0'.repeat(64)}
  for (const certificate of [other, undefined]) {
    const all = JSON.parse(readFileSync(file, 'utf8'))
    writeFileSync(file, JSON.stringify({...all, profiles: {default: {...kept, certificate}}}))
    await succeed(here.cli(['whoami']))
    expect(read()).toEqual(kept)
  }
})

test('a known certificate does not stand in for a CA that is given', async () => {
  const ca = join(here.folder, 'other.crt')
  writeFileSync(ca, (await makeAuthority(new Date())).cert)
  const {code, stderr} = await here.cli(['whoami'], {env: {POSTERN_CA_FILE: ca, POSTERN_TOKEN: here.token}})
  expect(stderr).toContain('is not trusted')
  expect(code).toBe(8)
})
