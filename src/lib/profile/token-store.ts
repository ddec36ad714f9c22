import {chmodSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {PosternError} from '../../client/error.ts'
import {type Env, makeFolder, settingsFolder} from './folder.ts'
import type {Profile} from './profiles.ts'

/** A token is kept under its profile's name and its server's origin, so that none is found for another server. */
const slotOf = (name: string, origin: string): string => `${name}@${encodeURIComponent(origin)}`

/** Imported when it is used: it starts processes. */
const keychain = () => import('./keychain.ts')

/** Keeps a profile's token: in the OS keychain when there is one that answers, else in a 0600 file. Says where. */
export async function keepToken(env: Env, name: string, origin: string, token: string): Promise<Profile['tokenIn']> {
  const {setInKeychain} = await keychain()
  if (await setInKeychain(env, slotOf(name, origin), token)) return 'keychain'
  keepInFile(env, slotOf(name, origin), token)
  return 'file'
}

/** The token that `keepToken` kept. @throws PosternError `not_signed_in` when it is gone. */
export async function readToken(env: Env, name: string, {url, tokenIn}: Profile): Promise<string> {
  const slot = slotOf(name, url)
  const token = tokenIn === 'file' ? readFromFile(env, slot) : await (await keychain()).getFromKeychain(env, slot)
  if (token !== null) return token
  const why =
    tokenIn === 'file'
      ? 'is gone from its file'
      : 'does not come out of the keychain: it is locked, or the token is gone'
  throw new PosternError('not_signed_in', `The token of profile ${name} ${why}.`, {
    next: `postern login ${url} --profile ${name}`,
  })
}

/** Removes it from where it is. False: the keychain did not let it go. */
export async function forgetToken(env: Env, name: string, {url, tokenIn}: Profile): Promise<boolean> {
  const slot = slotOf(name, url)
  if (tokenIn === 'keychain') return (await keychain()).deleteFromKeychain(env, slot)
  rmSync(fileOf(env, slot), {force: true})
  return true
}

/** Where a profile's token is, if it is kept in a file. */
export const tokenFileOf = (env: Env, name: string, origin: string): string => fileOf(env, slotOf(name, origin))

const fileOf = (env: Env, slot: string) => join(settingsFolder(env), 'tokens', slot)

/** Writes beside it and renames, so that a full disk leaves the old one whole. */
function keepInFile(env: Env, slot: string, token: string): void {
  const path = fileOf(env, slot)
  const next = `${path}.${process.pid}.new`
  try {
    makeFolder(join(settingsFolder(env), 'tokens'))
    rmSync(next, {force: true})
    writeFileSync(next, token, {mode: 0o600, flag: 'wx'})
    chmodSync(next, 0o600)
    renameSync(next, path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'failed'
    try {
      rmSync(next, {force: true})
    } catch {
      // What is worth saying is why it could not be written.
    }
    throw new PosternError('failed', `The token cannot be kept in ${path} (${code}).`, {
      next: 'Check the folder’s owner and permissions, or use POSTERN_TOKEN_FILE.',
    })
  }
}

function readFromFile(env: Env, slot: string): string | null {
  try {
    return readFileSync(fileOf(env, slot), 'utf8').trim() || null
  } catch {
    return null
  }
}
