import {SecretValue} from '../../formats/secret-value.ts'
import type {World} from '../command/world.ts'
import {check} from './check.ts'
import type {Chosen, Field} from './choose-kind.ts'
import {type ReadValue, readValue} from './read-value.ts'

/**
 * Reads what was chosen, and makes its bytes: of fields a JSON object in the order of their names, of a base32 secret an
 * otpauth URI. @throws PosternError as `readValue`.
 */
export async function readKind(
  chosen: Chosen,
  key: string,
  world: World,
  warn: (text: string) => void,
): Promise<ReadValue> {
  if (chosen.type === 'fields') {
    const bytes = await fieldsOf(chosen.fields, key, world, warn)
    return whole(bytes, chosen.fingerprint)
  }
  if (chosen.type === 'reference') return whole(Buffer.from(chosen.text), chosen.fingerprint)
  if (chosen.type !== 'totp') return readValue(chosen.source, key, world, warn)
  const {fingerprint} = chosen.source
  const {value, dropped} = await readValue({...chosen.source, fingerprint: null}, key, world, warn)
  const uri = whole(uriOf(value.bytes().toString('utf8'), key), fingerprint)
  value.wipe()
  return {...uri, dropped}
}

/** The final bytes, held against the fingerprint that was given. */
function whole(bytes: Buffer, fingerprint: string | null): ReadValue {
  check(bytes, null, {mode: 'stdin', trims: false, binary: true, allowEmpty: false, fingerprint})
  return {value: new SecretValue(bytes), dropped: null}
}

async function fieldsOf(
  fields: readonly Field[],
  key: string,
  world: World,
  warn: (text: string) => void,
): Promise<Buffer> {
  const read: [string, string][] = []
  // One after another: two prompts at once could not be told apart.
  for (const {name, source} of fields) {
    const {value} = await readValue(source, `${key}.${name}`, world, warn)
    read.push([name, value.bytes().toString('utf8')])
    value.wipe()
  }
  return Buffer.from(JSON.stringify(Object.fromEntries(read.sort(([a], [b]) => (a < b ? -1 : 1)))))
}

/** As authenticator apps show a secret: in base32, in groups, in either case. */
function uriOf(text: string, key: string): Buffer {
  const secret = text.replace(/[\s-]/g, '').toUpperCase()
  return Buffer.from(
    /^[A-Z2-7]{8,}=*$/.test(secret) ? `otpauth://totp/${key}?secret=${secret.replace(/=+$/, '')}` : text,
  )
}
