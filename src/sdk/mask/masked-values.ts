import {Buffer} from 'node:buffer'
import type {ResolvedItem} from '../../client/workload.ts'

/** What is masked of a value: all of it, and of several fields each by itself. */
export function maskedOf({type, value}: Pick<ResolvedItem, 'type' | 'value'>): Uint8Array[] {
  if (type !== 'fields') return [value.bytes()]
  const fields = JSON.parse(value.bytes().toString('utf8')) as Record<string, string>
  return [value.bytes(), ...Object.values(fields).map((text) => Buffer.from(text))]
}
