import type {Agent} from 'node:http'
import {isLoopback} from './loopback.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The agent that goes through the proxy which the environment names for `url`; null: none applies. */
export async function proxyFor(url: URL, env: Env, tls: {ca?: string}): Promise<Agent | null> {
  const proxy = url.protocol === 'https:' ? (env.https_proxy ?? env.HTTPS_PROXY) : env.http_proxy
  if (
    proxy === undefined ||
    proxy === '' ||
    isLoopback(url.hostname) ||
    isExcepted(url, env.no_proxy ?? env.NO_PROXY ?? '')
  )
    return null
  const through = proxy.includes('://') ? proxy : `http://${proxy}`
  const {HttpsProxyAgent} = await import('https-proxy-agent')
  return new HttpsProxyAgent(through, tls)
}

/** NO_PROXY: names and their subdomains, with a leading dot or without, with a port or without; `*` is all. */
export function isExcepted(url: URL, list: string): boolean {
  const host = url.hostname.toLowerCase().replace(/^\[|\]$/g, '')
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true
      const [, name = entry, only] = /^(.+?)(?::(\d+))?$/.exec(entry.includes('::') ? `${entry}` : entry) ?? []
      const bare = (entry.includes('::') ? entry : name).replace(/^\*?\./, '').replace(/^\[|\]$/g, '')
      if (!entry.includes('::') && only !== undefined && only !== port) return false
      return host === bare || host.endsWith(`.${bare}`)
    })
}
