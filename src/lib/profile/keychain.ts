import {spawn} from 'node:child_process'
import {createRequire} from 'node:module'
import type {Env} from './folder.ts'

/** In milliseconds: somebody may be typing the keychain's password. */
const PATIENCE = 30_000

// The library blocks its whole process while the keychain, or the bus to it, does not answer. So it has one of its own,
// which can be ended. Tokens go through pipes: argv and environment are for others to see.
const program = `
const [library, operation, service, slot] = process.argv.slice(1)
const {Entry} = require(library)
const entry = new Entry(service, slot, {linux: {store: 'secret-service'}})
if (operation === 'get') {
  const kept = entry.getPassword()
  if (kept === null) process.exit(1)
  process.stdout.write(kept)
}
if (operation === 'delete') entry.deleteCredential()
if (operation === 'set') {
  const given = require('node:fs').readFileSync(0, 'utf8')
  entry.setPassword(given)
  if (entry.getPassword() !== given) process.exit(1) // It forgets at once: none to rely on.
}
`

/** What the OS keychain keeps under `slot`; null: nothing, or there is no keychain, it is locked, or it does not answer. */
export const getFromKeychain = (env: Env, slot: string, patience = PATIENCE): Promise<string | null> =>
  keychain(env, ['get', slot], '', patience)

/** Whether the OS keychain keeps `text` under `slot` from now on. */
export const setInKeychain = async (env: Env, slot: string, text: string): Promise<boolean> =>
  (await keychain(env, ['set', slot], text)) !== null

/** Whether nothing is kept under `slot` any longer. */
export const deleteFromKeychain = async (env: Env, slot: string): Promise<boolean> =>
  (await keychain(env, ['delete', slot], '')) !== null

function keychain(
  env: Env,
  [operation, slot]: ['get' | 'set' | 'delete', string],
  input: string,
  patience = PATIENCE,
): Promise<string | null> {
  // Without a session bus there is no secret service; the kernel's keyring, which the library has too, forgets at a restart.
  if (process.platform === 'linux' && !env.DBUS_SESSION_BUS_ADDRESS) return Promise.resolve(null)
  const require = createRequire(import.meta.url)
  const library = require.resolve('@napi-rs/keyring')
  // What NODE_OPTIONS loads might write to stdout, too.
  const {NODE_OPTIONS: _, ...rest} = env
  const child = spawn(process.execPath, ['-e', program, library, operation, 'postern', slot], {
    env: rest,
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: patience,
    killSignal: 'SIGKILL',
    windowsHide: true,
  })
  return new Promise((resolve) => {
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      output += part
    })
    child.stdin.on('error', () => {}).end(input)
    child.on('error', () => resolve(null))
    child.on('close', (code) => resolve(code === 0 ? output : null))
  })
}
