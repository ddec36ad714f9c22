import {Buffer} from 'node:buffer'
import {createCipheriv, createDecipheriv, hkdfSync, randomBytes} from 'node:crypto'

/** What a copy is of: it opens for the same alone. */
export interface LastGoodOf {
  /** Origin of the server. */
  server: string
  /** What narrowed the resolve. */
  only: readonly string[] | null
  scopes: readonly string[] | null
}

const HEAD = 'postern-last-good-1 '
const ALGORITHM = 'aes-256-gcm'
const [SALT, NONCE, TAG] = [16, 12, 16]

/** HKDF-SHA-256 (RFC 5869) over the token's text, with a salt of each copy's own. */
const keyFrom = (token: string, salt: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', token, salt, 'postern last good', 32))

const bound = ({server, only, scopes}: LastGoodOf): Buffer => Buffer.from(JSON.stringify([HEAD, server, only, scopes]))

/** Seals a copy to a token. The format: docs/formats/last-good.md. */
export function sealLastGood(plain: Uint8Array, token: string, of: LastGoodOf): string {
  const [salt, nonce] = [randomBytes(SALT), randomBytes(NONCE)]
  const cipher = createCipheriv(ALGORITHM, keyFrom(token, salt), nonce)
  cipher.setAAD(bound(of))
  const sealed = Buffer.concat([salt, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return `${HEAD}${sealed.toString('base64')}\n`
}

/** Opens a copy; null: it is none, was changed, or is for another token, server or filters. */
export function openLastGood(text: string, token: string, of: LastGoodOf): Buffer | null {
  if (!text.startsWith(HEAD)) return null
  const sealed = Buffer.from(text.slice(HEAD.length), 'base64')
  if (sealed.length < SALT + NONCE + TAG) return null
  const [salt, nonce] = [sealed.subarray(0, SALT), sealed.subarray(SALT, SALT + NONCE)]
  const decipher = createDecipheriv(ALGORITHM, keyFrom(token, salt), nonce)
  decipher.setAAD(bound(of))
  decipher.setAuthTag(sealed.subarray(-TAG))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(SALT + NONCE, -TAG)), decipher.final()])
  } catch {
    return null
  }
}
