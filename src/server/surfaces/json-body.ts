import type {FastifyInstance, FastifyRequest} from 'fastify'
import {Refused} from '../gate/refused.ts'

/** How deep a body may nest; the contract's deepest nests three. */
const MOST_NESTED = 16

/**
 * Reads bodies as JSON in UTF-8 and nothing else. Bytes that are not UTF-8 are refused: replaced, they would change a value.
 * What nests is refused before it is parsed: two MiB of brackets hold the parser, and with it every other request, for seconds.
 */
export function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', {parseAs: 'buffer'}, (request, body, done) => {
    if (!isPlainJson(request))
      return done(new Refused('unsupported_media_type', 'The body must be application/json, in UTF-8.'))
    if (nestsDeeper(body as Buffer, MOST_NESTED))
      return done(new Refused('malformed', `The body nests deeper than ${MOST_NESTED}.`))
    try {
      done(null, JSON.parse(new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(body as Buffer)))
    } catch {
      done(new Refused('malformed', 'The body is not valid JSON in UTF-8.'))
    }
  })
}

/** One Content-Type, with no other parameter than the only charset that JSON has (RFC 8259, section 8.1). */
function isPlainJson({headers, raw}: FastifyRequest): boolean {
  const given = raw.rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === 'content-type').length
  return given === 1 && /^application\/json(?: *; *charset="?utf-8"?)?$/i.test(headers['content-type'] ?? '')
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c]
const OPENS = new Set([0x5b, 0x7b])
const CLOSES = new Set([0x5d, 0x7d])

/** Whether arrays and objects nest deeper than `most` in a JSON text; what stands within strings does not count. */
export function nestsDeeper(text: Uint8Array, most: number): boolean {
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at]!
    if (quoted) {
      if (byte === BACKSLASH) at += 1
      else if (byte === QUOTE) quoted = false
    } else if (byte === QUOTE) quoted = true
    else if (OPENS.has(byte)) {
      depth += 1
      if (depth > most) return true
    } else if (CLOSES.has(byte)) depth -= 1
  }
  return false
}
