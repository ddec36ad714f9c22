// Writes secrets as fast as `connections` keep-alive connections take it, for five seconds; prints one line of JSON.
import {readdirSync, readFileSync} from 'node:fs'
import {Agent, request} from 'node:https'
import {join} from 'node:path'

const [url, home, data, connections] = process.argv.slice(2)
const tokens = join(home, 'config/postern/tokens')
const token = readFileSync(join(tokens, readdirSync(tokens)[0]), 'utf8')
const agent = new Agent({ca: readFileSync(join(data, 'tls/ca.crt')), keepAlive: true, maxSockets: Number(connections)})
const SECONDS = 5
const times = []
let made = 0
const end = Date.now() + SECONDS * 1000

function write() {
  const body = JSON.stringify({value: {encoding: 'utf8', data: `value ${Math.random()}`}})
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  }
  made += 1
  const began = performance.now()
  return new Promise((done, fail) => {
    request(
      `${url}/admin/v1/orgs/default/secrets/KEY_${made % 1000}?scope=bench`,
      {agent, method: 'PUT', headers},
      (answer) => {
        answer.resume().on('end', () => {
          times.push(performance.now() - began)
          answer.statusCode === 200 ? done() : fail(new Error(`answered ${answer.statusCode}`))
        })
      },
    )
      .on('error', fail)
      .end(body)
  })
}

await Promise.all(
  Array.from({length: Number(connections)}, async () => {
    while (Date.now() < end) await write()
  }),
)
times.sort((a, b) => a - b)
const at = (part) => Number(times[Math.floor(times.length * part)].toFixed(1))
console.log(JSON.stringify({perSecond: Math.round(times.length / SECONDS), p50: at(0.5), p99: at(0.99)}))
agent.destroy()
