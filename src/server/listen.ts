import {type AddressInfo, isIP} from 'node:net'
import type {FastifyInstance} from 'fastify'
import {StartError, systemCode} from './start-error.ts'

export interface Address {
  host: string
  port: number
}

/** Reads `HOST:PORT` or `[IPv6]:PORT`; `localhost` is 127.0.0.1. Null when it is neither. */
export function parseAddress(text: string): Address | null {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text)
  if (match === null) return null
  const [, v6, name] = match
  const port = Number(match[3])
  if (port > 65_535 || (v6 !== undefined && isIP(v6) !== 6)) return null
  const host = v6 ?? name!
  return {host: host.toLowerCase() === 'localhost' ? '127.0.0.1' : host, port}
}

/** Whether only this machine can reach the address. */
export const isLoopback = ({host}: Address): boolean => host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

/** Starts to accept connections; answers the port, which is a free one when 0 was asked for. @throws StartError. */
export async function listen(app: FastifyInstance, address: Address): Promise<number> {
  const listenTextResolver = (url: string) => `listening on ${url.replace('http:', 'https:')}`
  await app.listen({...address, listenTextResolver}).catch((error: unknown) => {
    throw refusal(systemCode(error), address)
  })
  return (app.server.address() as AddressInfo).port
}

/** The URL under which this very machine reaches a listener. */
export function localUrl({host, port}: Address): string {
  const all = host === '0.0.0.0' || host === '::'
  const name = all ? 'localhost' : isIP(host) === 6 ? `[${host}]` : host
  return new URL(`https://${name}:${port}`).origin
}

function refusal(code: string, {host, port}: Address): StartError {
  const where = `${host}:${port}`
  const another = 'name another address with --listen (or --dashboard-listen), such as 127.0.0.1:8444'
  const reasons: Record<string, [string, string]> = {
    EADDRINUSE: [`Another program listens on ${where}.`, `stop it, or ${another}`],
    EACCES: [`The server may not listen on ${where}.`, `ports below 1024 need privileges: ${another}`],
    EADDRNOTAVAIL: [`This machine has no address ${host}.`, another],
    ENOTFOUND: [`The name ${host} has no address.`, another],
  }
  const [message, next] = reasons[code] ?? [`The server cannot listen on ${where} (${code}).`, another]
  return new StartError(message, {next})
}
