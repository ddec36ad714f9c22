import type {FastifyInstance} from 'fastify'
import {Refused} from '../gate/refused.ts'

/** Reads bodies as JSON and nothing else. Bytes that are not UTF-8 are refused: replaced, they would change a value. */
export function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', {parseAs: 'buffer'}, (_request, body, done) => {
    try {
      done(null, JSON.parse(new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(body as Buffer)))
    } catch {
      done(new Refused('malformed', 'The body is not valid JSON in UTF-8.'))
    }
  })
}
