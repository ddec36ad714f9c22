import type {Agent} from 'node:http'
import {BlockList, isIP} from 'node:net'
import {PosternError} from './error.ts'
import {isLoopback} from './loopback.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * The proxy that the environment names for `url`; null: none applies. As with curl, lower case goes first, and plain http
 * is proxied by `http_proxy` in lower case only; as with gh, loopback never is.
 * @throws PosternError `usage` for a proxy that is none; it does not repeat it, since it may hold a password.
 */
export function proxyUrlFor(url: URL, env: Env): URL | null {
  const proxy = url.protocol === 'https:' ? (env.https_proxy ?? env.HTTPS_PROXY) : env.http_proxy
  if (!proxy || isLoopback(url.hostname) || isExcepted(url, env.no_proxy ?? env.NO_PROXY ?? '')) return null
  const through = proxy.includes('://') ? proxy : `http://${proxy}`
  const usable = URL.canParse(through) ? new URL(through) : null
  if (usable === null || !['http:', 'https:'].includes(usable.protocol) || !isDecodable(usable))
    throw new PosternError('usage', 'HTTPS_PROXY does not name a proxy that can be used here.', {
      next: 'It looks like http://proxy.example:3128, or http://USER:PASSWORD@proxy.example:3128 with %25 for a % in either.',
    })
  return usable
}

/** Whether user and password are as URLs have them: else they cannot be sent, and nobody would say so. */
function isDecodable({username, password}: URL): boolean {
  try {
    decodeURIComponent(username + password)
    return true
  } catch {
    return false
  }
}

/** An agent that goes through that proxy; null: none applies. @throws PosternError `usage`, as above. */
export async function proxyFor(url: URL, env: Env): Promise<Agent | null> {
  const through = proxyUrlFor(url, env)
  if (through === null) return null
  const {HttpsProxyAgent} = await import('./proxy-agent.ts')
  // Without the CA: that one vouches for the server, not for a proxy which itself speaks TLS.
  return new HttpsProxyAgent(through, {keepAlive: true})
}

/** The error for a proxy that answered CONNECT with anything but 200. */
export function refusedByProxy(url: URL, status: number | undefined): PosternError {
  const next = status === 407 ? 'Put its user and password into HTTPS_PROXY.' : 'Check HTTPS_PROXY and NO_PROXY.'
  return new PosternError('unreachable', `The proxy does not connect to ${url.origin} (HTTP ${status}).`, {next})
}

/** NO_PROXY: names and those below them, with a leading dot or without, addresses, CIDR blocks; a port narrows; `*` is all. */
export function isExcepted(url: URL, list: string): boolean {
  const host = bare(url.hostname.toLowerCase())
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*') return true
      if (entry.includes('/')) return inBlock(host, entry)
      const withPort = isIP(entry) === 0 ? /^(.+):(\d+)$/.exec(entry) : null
      if (withPort !== null && withPort[2] !== port) return false
      const name = bare(withPort?.[1] ?? entry).replace(/^\*?\./, '')
      return name !== '' && (host === name || (isIP(host) === 0 && host.endsWith(`.${name}`)))
    })
}

const bare = (host: string): string => host.replace(/^\[|\]$/g, '')

function inBlock(host: string, block: string): boolean {
  const [net = '', bits = ''] = block.split('/')
  const [family, most] = isIP(net) === 6 ? (['ipv6', 128] as const) : (['ipv4', 32] as const)
  if (isIP(net) === 0 || isIP(host) === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > most) return false
  const list = new BlockList()
  list.addSubnet(net, Number(bits), family)
  return list.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
}
