import {afterAll, beforeAll, expect, test} from 'vitest'
import {pages} from '../../src/contract/pages.ts'
import {type RawRequest, request} from '../world/request.ts'
import {type World, world} from '../world/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w?.close())

const get = (path: string, options: RawRequest = {}) =>
  request(new URL(w.server.dashboardUrl).origin, path, w.server.ca, options)
const document = async () => (await get('/dashboard')).text
const script = async () => /src="(\/dashboard\/assets\/[\w.-]+\.js)"/.exec(await document())![1]!

test.each(pages.map((page) => (page === '' ? '/dashboard' : `/dashboard/${page}`)))(
  '%s is the document, which lets nothing in from elsewhere and has no script in itself',
  async (path) => {
    const {status, headers, text} = await get(path)
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    const policy = String(headers['content-security-policy'])
    for (const rule of ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"])
      expect(policy.split('; ')).toContain(rule)
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    expect(headers).toMatchObject({'cache-control': 'no-store', 'x-frame-options': 'DENY'})
    expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|(?:src|href)="(?!\/dashboard\/)/)
  },
)

test('each document has a nonce of its own, the same in its policy', async () => {
  const nonces = await Promise.all(
    [1, 2].map(async () => {
      const {headers, text} = await get('/dashboard')
      const nonce = /nonce="([\w-]{22})"/.exec(text)![1]!
      expect(String(headers['content-security-policy'])).toContain(`'nonce-${nonce}'`)
      return nonce
    }),
  )
  expect(nonces[0]).not.toBe(nonces[1])
})

test('what it loads is kept for good, compressed for who takes that', async () => {
  const plain = await get(await script())
  expect([plain.status, plain.headers['content-type'], plain.headers['cache-control']]).toEqual([
    200,
    'text/javascript; charset=utf-8',
    'public, max-age=31536000, immutable',
  ])
  expect(plain.headers['content-encoding']).toBeUndefined()
  const compressed = await get(await script(), {headers: {'accept-encoding': 'gzip, br'}})
  expect(compressed.headers['content-encoding']).toBe('br')
  expect(Number(compressed.headers['content-length'])).toBeLessThan(plain.text.length / 2)
})

test.each([
  '/dashboard/no-such-page',
  '/dashboard/',
  '/dashboard/Secrets',
  '/dashboard/assets/',
  '/dashboard/assets/no-such.js',
  '/dashboard/assets/..',
  '/dashboard/assets/..%2findex.html',
  '/dashboard/assets/..%2f..%2f..%2fpackage.json',
  '/dashboard/assets/%2e%2e/index.html',
  '/dashboard/assets//index.js',
])('%s is not there', async (path) => {
  const {status, json} = await get(path)
  expect([status, json.code]).toEqual([404, 'not_found'])
})

test('nothing of it names another host, a source map or a person', async () => {
  const {text} = await get(await script())
  expect(text).not.toContain('sourceMappingURL')
  expect(text).not.toMatch(/\/(?:home|root|work|tmp)\/[\w-]+\//)
})
