import {Buffer} from 'node:buffer'
import {randomInt} from 'node:crypto'
import {PosternError} from '../../client/error.ts'
import type {RecoveryShare} from '../../formats/recovery-share.ts'
import {rootKeyId} from '../../formats/root-key-id.ts'

/** A root key as one share that is all of it. */
export const wholeKey = (rootKey: Uint8Array): RecoveryShare => ({
  rootKeyId: rootKeyId(rootKey),
  kit: 0,
  threshold: 1,
  number: 1,
  x: 0,
  bytes: rootKey,
})

/** Splits a root key so that any `threshold` of the shares give it, and fewer give nothing (Shamir, over GF(2^8)). */
export async function splitKey(rootKey: Uint8Array, shares: number, threshold: number): Promise<RecoveryShare[]> {
  const {split} = await import('shamir-secret-sharing')
  const common = {rootKeyId: rootKeyId(rootKey), kit: randomInt(256), threshold}
  const parts = await split(Uint8Array.from(rootKey), shares, threshold)
  const made = parts.map((part, at) => ({
    ...common,
    number: at + 1,
    bytes: part.subarray(0, -1),
    x: part[part.length - 1]!,
  }))
  // What does not give the key again must not be handed out.
  for (const those of [made.slice(0, threshold), made.slice(-threshold)]) (await joinKey(those)).fill(0)
  return made
}

/**
 * The root key that shares give.
 * @throws PosternError `failed` when they are too few, twice the same, of different kits, or do not give the key that they
 * are named after.
 */
export async function joinKey(shares: readonly RecoveryShare[]): Promise<Buffer> {
  const [first] = shares
  if (first === undefined) throw new PosternError('failed', 'There is no share to put a root key together from.')
  for (const [at, one] of shares.entries()) {
    if (one.rootKeyId !== first.rootKeyId)
      throw apart(`one is of the root key ${first.rootKeyId}, another of ${one.rootKeyId}`)
    if (one.kit !== first.kit || one.threshold !== first.threshold) throw apart('they were not made together')
    if (shares.findIndex(({x}) => x === one.x) !== at) throw apart(`share ${one.number} is there twice`)
  }
  const {threshold} = first
  if (shares.length < threshold)
    throw new PosternError('failed', `These are ${shares.length} of the ${threshold} shares that it takes.`, {
      next: 'Get the others of this kit.',
    })
  const key = threshold === 1 ? Buffer.from(first.bytes) : await combined(shares)
  if (rootKeyId(key) === first.rootKeyId) return key
  throw apart('they do not give the root key that they are named after')
}

async function combined(shares: readonly RecoveryShare[]): Promise<Buffer> {
  const {combine} = await import('shamir-secret-sharing')
  return Buffer.from(await combine(shares.map(({bytes, x}) => Uint8Array.from([...bytes, x]))))
}

const apart = (why: string) =>
  new PosternError('failed', `These shares do not go together: ${why}.`, {next: 'Use shares of one kit.'})
