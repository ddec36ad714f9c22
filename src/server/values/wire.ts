import {Buffer} from 'node:buffer'
import {MAX_VALUE_BYTES} from '../../contract/limits.ts'
import type {PlainValue, WireValue} from '../../contract/value.ts'
import {type Refusal, refusal} from '../gate/types.ts'

/** The bytes of a value on the wire, or why it is refused: never what it was. */
export function bytesOf(value: WireValue): Buffer | Refusal {
  // What opens was opened before the gate.
  if (value.encoding === 'hpke') return refusal('value_refused', SEALED)
  if (value.encoding === 'utf8' && !value.data.isWellFormed()) {
    return refusal('value_refused', 'The value is not valid Unicode text (a lone surrogate); send its bytes as base64.')
  }
  const bytes = Buffer.from(value.data, value.encoding === 'utf8' ? 'utf8' : 'base64')
  if (value.encoding === 'base64' && bytes.toString('base64') !== value.data) {
    return refusal('value_refused', 'The value is not valid base64 (RFC 4648, with padding).')
  }
  if (bytes.length > MAX_VALUE_BYTES)
    return refusal('value_refused', `The value is larger than ${MAX_VALUE_BYTES} bytes.`)
  return bytes
}

const SEALED =
  'The value does not open: it was sealed to another key or for another name, or was changed. Fetch the key again (GET /sealing-key), and seal it anew.'

/** A value as it goes on the wire: as text when it is valid UTF-8, else base64. */
export function wireOf(bytes: Buffer): PlainValue {
  const text = bytes.toString('utf8')
  if (Buffer.from(text, 'utf8').equals(bytes)) return {encoding: 'utf8', data: text}
  return {encoding: 'base64', data: bytes.toString('base64')}
}
