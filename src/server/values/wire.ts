import {Buffer} from 'node:buffer'
import {MAX_VALUE_BYTES} from '../../contract/limits.ts'
import type {WireValue} from '../../contract/value.ts'
import {type Refusal, refusal} from '../gate/types.ts'

/** The bytes of a value on the wire, or why it is refused: never what it was. */
export function bytesOf(value: WireValue): Buffer | Refusal {
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

/** A value as it goes on the wire: as text when it is valid UTF-8, else base64. */
export function wireOf(bytes: Buffer): WireValue {
  const text = bytes.toString('utf8')
  if (Buffer.from(text, 'utf8').equals(bytes)) return {encoding: 'utf8', data: text}
  return {encoding: 'base64', data: bytes.toString('base64')}
}
