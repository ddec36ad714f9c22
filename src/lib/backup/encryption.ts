import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {createGunzip, createGzip} from 'node:zlib'
import {PosternError} from '../../client/error.ts'

/** Whom a backup is encrypted to: age recipients, or who knows a passphrase. */
export type Keepers = {recipients: readonly string[]} | {passphrase: string}

/** What opens a backup. */
export type Openers = {identities: readonly string[]} | {passphrase: string}

/** Compresses a text and encrypts it, piece by piece (age-encryption.org/v1, binary). @throws PosternError for a recipient that is none. */
export async function* encrypted(text: AsyncIterable<string>, keepers: Keepers): AsyncGenerator<Uint8Array> {
  const {Encrypter} = await import('age-encryption')
  const encrypter = new Encrypter()
  if ('passphrase' in keepers) encrypter.setPassphrase(keepers.passphrase)
  else for (const recipient of keepers.recipients) addRecipient(() => encrypter.addRecipient(recipient))
  // What is sealed does not shrink, so more than the least effort is for nothing.
  const zipped = createGzip({level: 1})
  const zipping = pipeline(Readable.from(text), zipped)
  // It is awaited below; until then, its failure shows as the stream's.
  zipping.catch(() => {})
  const stream = await encrypter.encrypt(Readable.toWeb(zipped) as ReadableStream<Uint8Array>)
  yield* stream as unknown as AsyncIterable<Uint8Array>
  await zipping
}

function addRecipient(add: () => void): void {
  try {
    add()
  } catch {
    throw new PosternError('usage', 'A recipient is no age recipient that Postern can encrypt to.', {
      next: 'age1… as age-keygen prints it; not an SSH key, nor one of a plugin',
    })
  }
}

/**
 * What `encrypted` was given, as bytes, piece by piece. @throws PosternError when nothing given opens it, or when a byte of
 * it is not what was written.
 */
export async function* decrypted(file: AsyncIterable<Uint8Array>, openers: Openers): AsyncGenerator<Uint8Array> {
  const {Decrypter} = await import('age-encryption')
  const decrypter = new Decrypter()
  if ('passphrase' in openers) decrypter.addPassphrase(openers.passphrase)
  else for (const identity of openers.identities) addIdentity(() => decrypter.addIdentity(identity))
  const source = watched(file)
  const opened = await decrypter
    .decrypt(Readable.toWeb(Readable.from(source.bytes, {objectMode: false})) as ReadableStream<Uint8Array>)
    .catch((error: unknown) => {
      throw source.failure() ?? (isNoMatch(error) ? noMatch(openers) : damaged())
    })
  const unzipped = createGunzip()
  const unzipping = pipeline(Readable.fromWeb(opened as never), unzipped)
  unzipping.catch(() => {})
  try {
    yield* unzipped as AsyncIterable<Uint8Array>
    await unzipping
  } catch (error) {
    if (error instanceof PosternError) throw error
    throw source.failure() ?? damaged()
  }
}

function addIdentity(add: () => void): void {
  try {
    add()
  } catch {
    throw new PosternError('usage', 'An identity file holds a line that is no age identity.', {
      next: 'AGE-SECRET-KEY-1… as age-keygen writes it; decrypt one that has a passphrase with age first',
    })
  }
}

/** Tells a file that cannot be read from one that does not decrypt. */
function watched(file: AsyncIterable<Uint8Array>) {
  let failed: PosternError | null = null
  async function* bytes() {
    try {
      yield* file
    } catch (error) {
      const {code} = error as NodeJS.ErrnoException
      failed = new PosternError('failed', `The backup cannot be read (${code ?? 'failed'}).`, {
        next: 'Check its path and permissions.',
      })
      throw failed
    }
  }
  return {bytes: bytes(), failure: () => failed}
}

const isNoMatch = (error: unknown) => error instanceof Error && error.message.startsWith('no identity matched')

const noMatch = (openers: Openers) =>
  'passphrase' in openers
    ? new PosternError('failed', 'The passphrase does not open this backup.', {
        next: 'If it was encrypted to recipients, give --identity FILE.',
      })
    : new PosternError('failed', 'None of the identities opens this backup.', {
        next: 'Give the identity of one of its recipients, or its passphrase: without --identity, it is asked for.',
      })

const damaged = () =>
  new PosternError('failed', 'The backup is damaged or cut, or is no backup: it does not decrypt as a whole.', {
    next: 'Take another copy of it, or another backup; nothing was changed.',
  })
