// Asks as fast as `connections` keep-alive connections are answered; prints one line of JSON. It speaks HTTP over bare TLS
// sockets, so that the machine's time goes to the server. `node bench/load.js URL HOME DATA write|list CONNECTIONS SECONDS [NAMES] [WRITES]`
import {randomUUID} from 'node:crypto'
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {connect} from 'node:tls'

const [url, home, data, kind, connections, seconds, names = 1000, most = Number.POSITIVE_INFINITY] =
  process.argv.slice(2)
const {host, hostname, port} = new URL(url)
const tokens = join(home, 'config/postern/tokens')
const token = readFileSync(join(tokens, readdirSync(tokens)[0]), 'utf8')
const ca = readFileSync(join(data, 'tls/ca.crt'))
const times = []
let made = 0
let first = 0
let end = 0

/** Another value at each call, so that each write makes a version. */
function write() {
  const body = `{"value":{"encoding":"utf8","data":"value ${Math.random()}"}}`
  const path = `secrets/KEY_${made % Number(names)}?scope=bench`
  return `${head('PUT', path)}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

const list = () => `${head('GET', 'secrets?scope=bench&limit=100')}\r\n`

const head = (method, path) =>
  `${method} /admin/v1/orgs/default/${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\nx-request-id: ${randomUUID()}\r\n`

/** One connection: the next request goes when the last was answered in full. */
function drive(socket) {
  return new Promise((done, fail) => {
    let began = 0
    let answer = ''
    const next = () => {
      if (performance.now() >= end || made >= Number(most)) return done()
      made += 1
      answer = ''
      began = performance.now()
      socket.write(kind === 'write' ? write() : list())
    }
    socket
      .setEncoding('latin1')
      .on('error', fail)
      .on('close', () => fail(new Error('the server hung up')))
    socket.on('data', (text) => {
      answer += text
      const body = answer.indexOf('\r\n\r\n') + 4
      if (body < 4 || answer.length < body + Number(/\r\ncontent-length: (\d+)/i.exec(answer)[1])) return
      if (!answer.startsWith('HTTP/1.1 200 ')) return fail(new Error(`answered ${answer.slice(9, 12)}`))
      times.push(performance.now() - began)
      next()
    })
    next()
  })
}

const open = () =>
  new Promise((done, fail) => {
    const socket = connect({host: hostname, port, ca, noDelay: true}, () => done(socket)).once('error', fail)
  })

// Handshakes are not what is measured.
const sockets = await Promise.all(Array.from({length: Number(connections)}, open))
first = performance.now()
end = first + Number(seconds) * 1000
await Promise.all(sockets.map(drive))
const took = (performance.now() - first) / 1000
times.sort((a, b) => a - b)
const at = (part) => Number(times[Math.floor(times.length * part)].toFixed(2))
console.log(JSON.stringify({perSecond: Math.round(times.length / took), p50: at(0.5), p99: at(0.99), asked: made}))
process.exit()
