import {randomBytes, randomInt, randomUUID} from 'node:crypto'
import {PosternError} from '../../client/error.ts'

/** What a made value looks like; `size` is in bytes of randomness for `hex` and `base64`, in characters for `alnum`. */
export type Form = {kind: 'uuid'} | {kind: keyof typeof makers; size: number}

export const FEWEST = 8
export const MOST = 1024
const FORMS = `hex:32, base64:32 (bytes of randomness), alnum:24 (characters), each from ${FEWEST} to ${MOST}, or uuid`
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

const makers = {
  hex: (size: number) => randomBytes(size).toString('hex'),
  base64: (size: number) => randomBytes(size).toString('base64'),
  // randomInt takes again what would favour the first letters.
  alnum: (size: number) => Array.from({length: size}, () => ALPHABET[randomInt(ALPHABET.length)]).join(''),
}

/**
 * The form that `--generate` names.
 * @throws PosternError `usage`, which lists the forms.
 */
export function formOf(text: string): Form {
  if (text === 'uuid') return {kind: 'uuid'}
  const [, kind, digits] = /^(hex|base64|alnum):(\d{1,4})$/.exec(text) ?? []
  const size = Number(digits)
  if (kind !== undefined && size >= FEWEST && size <= MOST) return {kind: kind as keyof typeof makers, size}
  throw new PosternError('usage', '--generate takes a form and its size; nothing was made.', {next: `As in ${FORMS}.`})
}

/** A new random value in this form, from the system's generator. `uuid` is version 4 (RFC 9562): 122 random bits. */
export function generate(form: Form): Buffer {
  const text = form.kind === 'uuid' ? randomUUID({disableEntropyCache: true}) : makers[form.kind](form.size)
  return Buffer.from(text, 'ascii')
}
