import {isUtf8} from 'node:buffer'
import {MAX_REFERENCES, MAX_VALUE_FIELDS} from '../../contract/limits.ts'
import {isField, parseTemplate} from '../../contract/reference.ts'
import type {ValueType} from '../../contract/value-type.ts'
import {isTotp} from './totp.ts'

/** Why bytes are no value of a type, as a sentence that repeats nothing of them; null: they are one. */
export function wrongAs(type: ValueType, bytes: Buffer): string | null {
  if (type === 'string' || type === 'file') return null
  if (!isUtf8(bytes)) return 'The value is not text in UTF-8, which a value of this type is.'
  const text = bytes.toString('utf8')
  if (type === 'fields') return fieldsOf(text) === null ? NO_FIELDS : null
  if (type === 'totp') return isTotp(text) ? null : 'The value is no otpauth://totp/ URI.'
  const {parts, problems} = parseTemplate(text)
  if (problems !== undefined)
    return `At character ${problems[0]!.at + 1}: ${problems[0]!.why}. Two dollars, $\${secret., are a text.`
  const count = parts.filter((part) => typeof part !== 'string').length
  if (count > MAX_REFERENCES) return `The value has ${count} references; at most ${MAX_REFERENCES} go.`
  return count > 0 ? null : 'The value has no reference: it is a secret as others are.'
}

const NO_FIELDS = `The value is no JSON object of 1 to ${MAX_VALUE_FIELDS} texts by their fields’ names.`

/** The fields of a value of that type; null: it is none. */
export function fieldsOf(text: string): Record<string, string> | null {
  try {
    const given: unknown = JSON.parse(text)
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return null
    const entries = Object.entries(given)
    const right = entries.length > 0 && entries.length <= MAX_VALUE_FIELDS
    return right && entries.every(([name, field]) => isField(name) && typeof field === 'string')
      ? (given as Record<string, string>)
      : null
  } catch {
    return null
  }
}
