import {Buffer, isUtf8} from 'node:buffer'
import type {PlainValue} from '../contract/value.ts'

/** Bytes as they travel: as text or as base64, whichever is shorter within JSON. */
export function toWire(bytes: Buffer): PlainValue {
  const base64 = bytes.toString('base64')
  if (!isUtf8(bytes)) return {encoding: 'base64', data: base64}
  const text = bytes.toString('utf8')
  const shorter = Buffer.byteLength(JSON.stringify(text)) <= base64.length + 2
  return shorter ? {encoding: 'utf8', data: text} : {encoding: 'base64', data: base64}
}

/** The bytes of a value that travelled. */
export function fromWire(value: PlainValue): Buffer {
  return Buffer.from(value.data, value.encoding)
}
