import {request as httpsRequest} from 'node:https'
import {tlsServer} from '../client/loopback-tls.ts'
import type {RunningServer} from './server.ts'

/** A proxy that ends TLS in front of a server: it reads whatever passes, and may change the answers. */
export interface EndingProxy {
  url: string
  /** Of its own authority, PEM. */
  ca: string
  /** Every request so far, as `METHOD path`. */
  asked: string[]
  /** The bodies of all requests and answers so far. */
  saw: () => string
  /** Puts another text in the place of the answers whose path ends with `path`; null: none any more. */
  replace: (path: string, answer: ((text: string) => string) | null) => void
  close: () => Promise<void>
}

export async function endingProxy(server: RunningServer): Promise<EndingProxy> {
  const bodies: string[] = []
  const replaced = new Map<string, (text: string) => string>()
  const {hostname, port} = new URL(server.url)
  const front = await tlsServer(async (incoming, outgoing) => {
    const body = await textOf(incoming)
    bodies.push(body)
    const {method, url: path = '', headers} = incoming
    const onward = httpsRequest({hostname, port, path, method, headers, ca: server.ca}, async (answer) => {
      const text = await textOf(answer)
      bodies.push(text)
      const change = [...replaced].find(([end]) => path.endsWith(end))?.[1]
      const {'content-length': _, ...kept} = answer.headers
      outgoing.writeHead(answer.statusCode!, kept).end(change === undefined ? text : change(text))
    })
    onward.on('error', () => outgoing.destroy()).end(body)
  })
  return {
    url: front.url,
    ca: front.ca,
    asked: front.seen,
    saw: () => bodies.join('\n'),
    replace: (path, answer) => void (answer === null ? replaced.delete(path) : replaced.set(path, answer)),
    close: front.close,
  }
}

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
