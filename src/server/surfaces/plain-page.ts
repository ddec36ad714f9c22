import {createHash} from 'node:crypto'
import type {FastifyReply} from 'fastify'
import {DOCUMENT} from './page.ts'

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:10vh auto;padding:0 1rem}button,input{font:inherit;padding:.3em .8em}pre{overflow:auto;font-size:1.1em}'

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

const headers = (formsTo: string) => ({
  ...DOCUMENT,
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action ${formsTo}; frame-ancestors 'none'; base-uri 'none'`,
})

/** The headers of a page that needs nothing but itself and its one style. */
export const PLAIN = headers("'self'")

/** A page of a few words. `title` and `body` are HTML; its forms lead to this server, or to `formsTo` alone, an origin. */
export const page = (reply: FastifyReply, title: string, body: string, formsTo?: string) =>
  reply
    .headers(formsTo === undefined ? PLAIN : headers(formsTo))
    .type('text/html; charset=utf-8')
    .send(
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>${title}</title><style>${STYLE}</style></head><body><h1>${title}</h1>${body}</body></html>`,
    )

/** A text as HTML shows it. */
export const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
