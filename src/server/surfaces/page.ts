import {randomBytes} from 'node:crypto'
import {readdir, readFile} from 'node:fs/promises'
import {extname, join} from 'node:path'
import type {FastifyInstance, FastifyReply} from 'fastify'
import {DASHBOARD, pages} from '../../contract/pages.ts'
import {Refused} from '../gate/refused.ts'

/** What a browser may do with the document: nothing comes from elsewhere, no script and no style stands in it. */
const policy = (nonce: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    // What the page makes of its theme while it runs carries the nonce.
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')

/** The headers of every document of the dashboard, beside its content security policy. */
export const DOCUMENT = {
  // Not `no-referrer`: with it, browsers send forms with the origin `null` (Fetch, "append a request Origin header").
  'referrer-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
}

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** A built page: its document, and what that loads, each as it is and compressed (RFC 7932). */
interface Built {
  document: string
  assets: Map<string, {plain: Buffer; brotli: Buffer | null}>
}

/**
 * Serves the page that was built into `folder`, which offers single sign-on where there is some: the document for each of its pages, and what that loads, whose names have
 * their hashes. It is read with the first request, and kept. Nobody has to be signed in: it holds nothing of anybody.
 */
export function servePage(app: FastifyInstance, {folder, sso}: {folder: string; sso: boolean}): void {
  let kept: Built | undefined
  const built = async () => {
    kept ??= await readBuilt(folder)
    return kept
  }
  const document = async (_: unknown, reply: FastifyReply) => {
    const nonce = randomBytes(16).toString('base64url')
    const text = (await built()).document.replaceAll('NONCE', nonce).replace('WITH_SSO', String(sso))
    return reply
      .headers({...DOCUMENT, 'content-security-policy': policy(nonce)})
      .type('text/html; charset=utf-8')
      .send(text)
  }
  for (const page of pages) app.get(page === '' ? DASHBOARD : `${DASHBOARD}/${page}`, document)

  app.get(`${DASHBOARD}/assets/:name`, async (request, reply) => {
    const {name} = request.params as {name: string}
    const asset = (await built()).assets.get(name)
    if (asset === undefined) throw new Refused('not_found', 'There is no such file.')
    const compressed = /\bbr\b/.test(request.headers['accept-encoding'] ?? '') ? asset.brotli : null
    return reply
      .headers({
        'cache-control': 'public, max-age=31536000, immutable',
        vary: 'accept-encoding',
        ...(compressed === null ? {} : {'content-encoding': 'br'}),
      })
      .type(types[extname(name)] ?? 'application/octet-stream')
      .send(compressed ?? asset.plain)
  })
}

async function readBuilt(folder: string): Promise<Built> {
  const inAssets = join(folder, 'assets')
  const read = (await readdir(inAssets)).map(async (name) => [name, await readFile(join(inAssets, name))] as const)
  const files = new Map(await Promise.all(read))
  const plain = [...files].filter(([name]) => !name.endsWith('.br'))
  return {
    document: await readFile(join(folder, 'index.html'), 'utf8'),
    assets: new Map(plain.map(([name, bytes]) => [name, {plain: bytes, brotli: files.get(`${name}.br`) ?? null}])),
  }
}
