import type {FastifyReply} from 'fastify'
import {DOCUMENT} from './page.ts'

/** The headers of a page that needs nothing but itself. */
export const PLAIN = {
  ...DOCUMENT,
  'content-security-policy': "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
}

/** A page of a few words. `title` and `body` are HTML. */
export const page = (reply: FastifyReply, title: string, body: string) =>
  reply
    .headers(PLAIN)
    .type('text/html; charset=utf-8')
    .send(
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>${title}</title></head><body><h1>${title}</h1>${body}</body></html>`,
    )

/** A text as HTML shows it. */
export const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
