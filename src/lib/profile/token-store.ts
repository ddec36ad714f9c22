import {chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {PosternError} from '../../client/error.ts'
import {type Env, settingsFolder} from './folder.ts'
import type {Profile} from './profiles.ts'

/** A keychain that does not answer is as good as none, in milliseconds. */
const PATIENCE = 3000
const SERVICE = 'postern'

/** Keeps a profile's token: in the OS keychain when there is one that answers, else in a 0600 file. Says where. */
export async function keepToken(env: Env, profile: string, token: string): Promise<Profile['tokenIn']> {
  const kept = await withKeychain(env, profile, async (entry, signal) => {
    await entry.setPassword(token, signal)
    // A keychain that forgets at once, as some headless ones do, is none.
    return (await entry.getPassword(signal)) === token
  })
  if (kept === true) return 'keychain'
  keepInFile(env, profile, token)
  return 'file'
}

/** The token that `keepToken` kept. @throws PosternError `not_signed_in` when it is gone. */
export async function readToken(env: Env, profile: string, where: Profile['tokenIn']): Promise<string> {
  const token =
    where === 'file'
      ? readFromFile(env, profile)
      : await withKeychain(env, profile, async (entry, signal) => (await entry.getPassword(signal)) ?? null)
  if (token !== null) return token
  const why =
    where === 'file' ? 'is gone from its file' : 'does not come out of the keychain: it is locked, or the token is gone'
  throw new PosternError('not_signed_in', `The token of profile ${profile} ${why}.`, {
    next: `postern login --profile ${profile}`,
  })
}

/** Removes it, wherever it is. */
export async function forgetToken(env: Env, profile: string, where: Profile['tokenIn']): Promise<void> {
  if (where === 'keychain') await withKeychain(env, profile, (entry, signal) => entry.deleteCredential(signal))
  else rmSync(fileOf(env, profile), {force: true})
}

type Entry = import('@napi-rs/keyring').AsyncEntry

/** Null: there is no keychain here, or it refused, or did not answer in time. */
async function withKeychain<R>(
  env: Env,
  profile: string,
  use: (entry: Entry, signal: AbortSignal) => Promise<R>,
): Promise<R | null> {
  // Without a session bus the library would fall back to the kernel's keyring, which is empty after a restart.
  if (process.platform === 'linux' && !env.DBUS_SESSION_BUS_ADDRESS) return null
  const timer = new AbortController()
  const late = setTimeout(() => timer.abort(), PATIENCE)
  try {
    const {AsyncEntry} = await import('@napi-rs/keyring')
    const entry = new AsyncEntry(SERVICE, profile, {linux: {store: 'secret-service'}})
    const given = use(entry, timer.signal)
    given.catch(() => null)
    const gaveUp = new Promise<null>((resolve) => timer.signal.addEventListener('abort', () => resolve(null)))
    return await Promise.race([given, gaveUp])
  } catch {
    return null
  } finally {
    clearTimeout(late)
  }
}

const fileOf = (env: Env, profile: string) => join(settingsFolder(env), 'tokens', profile)

/** Writes beside it and renames, so that a full disk leaves the old one whole. */
function keepInFile(env: Env, profile: string, token: string): void {
  const path = fileOf(env, profile)
  const next = `${path}.${process.pid}.new`
  try {
    mkdirSync(join(settingsFolder(env), 'tokens'), {recursive: true, mode: 0o700})
    writeFileSync(next, token, {mode: 0o600, flag: 'wx'})
    chmodSync(next, 0o600)
    renameSync(next, path)
  } catch (error) {
    rmSync(next, {force: true})
    throw new PosternError(
      'failed',
      `The token cannot be kept in ${path} (${(error as NodeJS.ErrnoException).code ?? 'failed'}).`,
      {
        next: 'Check the folder’s owner and permissions, or use POSTERN_TOKEN_FILE.',
      },
    )
  }
}

function readFromFile(env: Env, profile: string): string | null {
  try {
    return readFileSync(fileOf(env, profile), 'utf8').trim()
  } catch {
    return null
  }
}
