// What the loads ask, and how they read the answers: HTTP/1.1 over bare TLS sockets, so that the machine's time goes to
// the server and not to a client.
import {randomUUID} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {connect, createSecureContext} from 'node:tls'

/** Where to ask, and as whom. The token stays out of the command line. */
export function target({url, ca, token}) {
  const {host, hostname, port} = new URL(url)
  // Made once: for each `ca:` that it is given, Node reads its own root certificates first.
  const secureContext = createSecureContext({ca: readFileSync(ca)})
  const key = readFileSync(token, 'utf8').trim()
  const start = (method, path, more) =>
    `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${key}\r\nx-request-id: ${randomUUID()}\r\n${more}`
  const head = (method, path, more = '') => start(method, `/admin/v1/orgs/default/${path}`, more)
  return {head, start, connect: (options) => connect({host: hostname, port, secureContext, noDelay: true, ...options})}
}

/** A request by its kind; `n` says which of `names` it is about. */
export const requests = {
  /** Another value at each call, so that each write makes a version. */
  write: ({head}, n, {names, bytes = 0}, more) => {
    const value = `value ${Math.random()}`.padEnd(bytes, '.')
    const body = `{"value":{"encoding":"utf8","data":"${value}"}}`
    const length = `content-type: application/json\r\ncontent-length: ${body.length}\r\n`
    return `${head('PUT', `secrets/KEY_${n % names}?scope=bench`, more)}${length}\r\n${body}`
  },
  list: ({head}, _n, _how, more) => `${head('GET', 'secrets?scope=bench&limit=100', more)}\r\n`,
  get: ({head}, n, {names}, more) => `${head('GET', `variables/KEY_${n % names}?scope=bench`, more)}\r\n`,
  resolve: ({start}) => `${start('GET', '/workload/v1/resolve', '')}\r\n`,
}

/** Calls `onAnswer` for each answer that a socket has got in full. */
export function readAnswers(socket, onAnswer) {
  let text = ''
  let wanted = 0
  socket.setEncoding('latin1').on('data', (part) => {
    text += part
    while (text.length >= wanted) {
      const body = text.indexOf('\r\n\r\n') + 4
      if (body < 4) return
      const head = text.slice(0, body)
      const end = body + Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
      wanted = end
      if (text.length < end) return
      wanted = 0
      const answer = {status: Number(head.slice(9, 12)), head, body: text.slice(body, end)}
      text = text.slice(end)
      onAnswer(answer)
    }
  })
}

/** Mean and percentiles of times in milliseconds; the largest too. */
export function latencies(times) {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? null
  const mean = sorted.length === 0 ? null : sorted.reduce((a, b) => a + b, 0) / sorted.length
  return {mean, p50: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1)}
}
