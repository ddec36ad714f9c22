import {type Agent, request as httpsRequest} from 'node:https'
import type {Socket} from 'node:net'
import {TLSSocket} from 'node:tls'

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of a body
  json: any
}

export interface RawRequest {
  method?: string
  headers?: Record<string, string>
  /** Sent as JSON unless it is a string or bytes. */
  body?: unknown
  agent?: Agent
  /** Ends the connection as soon as all is sent. */
  hangsUp?: boolean
}

/** One request, sent exactly as given: the path is not tidied, and no redirect is followed. What fails before any of it is sent fails with `unsent`. */
export function request(origin: string, path: string, ca: string, options: RawRequest = {}): Promise<Answer> {
  const {method = 'GET', headers = {}, body, agent, hangsUp = false} = options
  const raw = typeof body === 'string' || body instanceof Uint8Array
  const bytes = body === undefined ? null : Buffer.from(raw ? (body as string) : JSON.stringify(body))
  const typed = bytes !== null && !raw ? {'content-type': 'application/json'} : {}
  const length = bytes === null ? {} : {'content-length': String(bytes.length)}
  const {hostname, port} = new URL(origin)
  return new Promise((done, fail) => {
    const sent = httpsRequest(
      {hostname, port, path, method, ca, agent, headers: {...typed, ...length, ...headers}},
      (answer) => {
        const parts: Buffer[] = []
        answer
          .on('data', (part: Buffer) => parts.push(part))
          .on('error', fail)
          .on('end', () => {
            const text = Buffer.concat(parts).toString('utf8')
            done({status: answer.statusCode!, headers: answer.headers, text, json: jsonOf(text)})
          })
      },
    )
    if (hangsUp) sent.on('finish', () => sent.destroy())
    sent.on('error', (error) => fail(Object.assign(error, {unsent: !isSecure(sent.socket)}))).end(bytes ?? undefined)
  })
}

/** Nothing goes out before the handshake is through. */
const isSecure = (socket: Socket | null): boolean =>
  socket instanceof TLSSocket && !Reflect.get(socket, 'secureConnecting')

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
