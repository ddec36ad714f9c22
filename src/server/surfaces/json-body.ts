import type {FastifyInstance, FastifyRequest} from 'fastify'
import {MAX_BODY_BYTES, MAX_BULK_PARTS, MAX_FIELDS, MAX_NESTED, MAX_PARTS} from '../../contract/limits.ts'
import {Refused} from '../gate/refused.ts'

/**
 * Reads bodies as JSON in UTF-8 and nothing else. Bytes that are not UTF-8 are refused: replaced, they would change a value.
 * What nests, or has very many parts, is refused before it is parsed: two MiB of brackets hold the parser, and with it
 * every other request, for seconds, and 32 MiB of empty lists take 700 MB too.
 */
export function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', {parseAs: 'buffer'}, (request, body, done) => {
    if (!isPlainJson(request))
      return done(
        new Refused('unsupported_media_type', 'The body must be application/json, in UTF-8, without a content coding.'),
      )
    const most = request.routeOptions.bodyLimit > MAX_BODY_BYTES ? MAX_BULK_PARTS : MAX_PARTS
    const beyond = beyondOf(body as Buffer, {deep: MAX_NESTED, parts: most, fields: MAX_FIELDS})
    if (beyond === 'deep') return done(new Refused('malformed', `The body nests deeper than ${MAX_NESTED}.`))
    if (beyond === 'parts') return done(new Refused('malformed', `The body has more than ${most} parts.`))
    if (beyond === 'fields')
      return done(new Refused('malformed', `The body has an object of more than ${MAX_FIELDS} fields.`))
    const read = parsed(body as Buffer)
    if (read === null) return done(new Refused('malformed', 'The body is not a JSON object in UTF-8.'))
    if (namesPrototype(read)) return done(new Refused('malformed', 'There is an unknown field in body.'))
    done(null, read)
  })
}

/** What JSON says; null: the bytes are none, or say `null`, which would pass for no body. */
function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes))
  } catch {
    return null
  }
}

/** Whether there is a field `__proto__` anywhere, which no schema has: where names are free, it would be left out silently. */
const namesPrototype = (thing: unknown): boolean =>
  typeof thing === 'object' &&
  thing !== null &&
  (Object.hasOwn(thing, '__proto__') || Object.values(thing).some(namesPrototype))

/** One Content-Type, with no other parameter than the only charset that JSON has (RFC 8259, section 8.1), and as it is. */
function isPlainJson({headers, raw}: FastifyRequest): boolean {
  const given = raw.rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === 'content-type').length
  if (headers['content-encoding'] !== undefined) return false
  return given === 1 && /^application\/json(?: *; *charset="?utf-8"?)?$/i.test(headers['content-type'] ?? '')
}

const [QUOTE, BACKSLASH, COMMA, LIST, FIELDS] = [0x22, 0x5c, 0x2c, 0x5b, 0x7b]
/** Which bytes say something outside of strings. */
const telling = new Uint8Array(256)
for (const sign of '"[{]},') telling[sign.charCodeAt(0)] = 1

interface Most {
  /** How deep arrays and objects nest. */
  deep: number
  /** Arrays, objects and commas. */
  parts: number
  /** Of one object. */
  fields: number
}

/** What of a JSON text is more than the most; null: nothing is. What stands within strings does not count. */
export function beyondOf(text: Uint8Array, most: Most): keyof Most | null {
  /** How many more commas may come at each depth: an array has as many as there are parts. */
  const left = new Int32Array(most.deep + 1).fill(most.parts)
  let depth = 0
  let parts = 0
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at]!
    if (quoted) {
      if (byte === BACKSLASH) at += 1
      else if (byte === QUOTE) quoted = false
    } else if (telling[byte] === 1) {
      if (byte === QUOTE) quoted = true
      else if (byte === COMMA) {
        parts += 1
        left[depth]! -= 1
        if (left[depth]! < 0 && parts <= most.parts) return 'fields'
      } else if (byte === LIST || byte === FIELDS) {
        parts += 1
        depth += 1
        if (depth > most.deep) return 'deep'
        left[depth] = byte === LIST ? most.parts : most.fields - 1
      } else depth -= 1
      if (parts > most.parts) return 'parts'
    }
  }
  return null
}
