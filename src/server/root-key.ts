import {Buffer} from 'node:buffer'
import {randomBytes} from 'node:crypto'
import {stat} from 'node:fs/promises'
import type {DataFolder} from './data-folder.ts'
import {rootKeyId} from './keyring/wrap.ts'
import {readIfThere, writePrivateFile} from './private-file.ts'
import {StartError, systemCode} from './start-error.ts'

const BYTES = 32
/** 32 bytes as base64 or base64url, with or without the padding. */
const form = /^[A-Za-z0-9+/_-]{43}=?$/

/**
 * The root key: 32 bytes, from `file` or from `root.key` in the data folder, which the first start makes. It is on the
 * disk before it wraps anything. `needed` is the id of the one that the store is under, null when there is no store;
 * `others`: what it may be under instead.
 * @throws StartError, having changed nothing, when it is malformed, or is not the one that is needed.
 */
export async function rootKey(
  folder: Pick<DataFolder, 'file'>,
  file: string | undefined,
  needed: string | null,
  others: readonly Uint8Array[] = [],
): Promise<Buffer> {
  const path = file ?? folder.file('root.key')
  const found = await readRootKey(path)
  const right = [...(found === null ? [] : [found]), ...others].some(
    (key) => needed === null || rootKeyId(key) === needed,
  )
  if (found !== null && right) return found
  if (needed !== null) {
    const why = found === null ? 'is missing' : `has another one, with id ${rootKeyId(found)}`
    throw new StartError(`The store needs the root key with id ${needed}, and the file ${path} ${why}.`, {
      next: 'restore the file from your backup, or name the right one with --root-key-file; nothing was changed',
    })
  }
  if (file !== undefined) throw missing(path)
  const made = newRootKey()
  await writeRootKey(path, made)
  return made
}

export const newRootKey = (): Buffer => randomBytes(BYTES)

export const writeRootKey = (path: string, key: Buffer): Promise<void> =>
  writePrivateFile(path, `${key.toString('base64url')}\n`)

/** The root key in the file `path`; null: there is no such file. @throws StartError when it cannot be read or holds none. */
export async function readRootKey(path: string): Promise<Buffer | null> {
  const text = await readIfThere(path).catch((error: unknown) => {
    throw new StartError(`The root key file ${path} cannot be read (${systemCode(error)}).`, {
      next: 'let the user who runs the server read it',
    })
  })
  return text === null ? null : decode(text, path)
}

/** A warning when a root key that is kept outside the data folder can be read by others; undefined: it is inside. */
export async function rootKeyWarnings(file: string | undefined): Promise<string[]> {
  if (file === undefined || process.platform === 'win32') return []
  const {mode} = await stat(file)
  return (mode & 0o004) === 0 ? [] : [`others on this machine may read the root key: chmod 600 ${file}`]
}

export const missing = (path: string): StartError =>
  new StartError(`The root key file ${path} is missing.`, {
    next: `make one, and keep a copy: (umask 077; openssl rand -base64 32 > ${path})`,
  })

function decode(text: string, path: string): Buffer {
  const line = text.trim()
  const key = form.test(line) ? Buffer.from(line, 'base64') : null
  if (key?.length === BYTES) return key
  throw new StartError(`The root key file ${path} does not hold a root key: 32 bytes in base64.`, {
    next: 'restore the file from your backup; nothing was changed',
  })
}
