// Stores versions by bulk calls, until there are as many as asked for; prints how many it added. `node bench/seed.js URL HOME
// DATA VERSIONS NAMES`
import {readdirSync, readFileSync} from 'node:fs'
import {request} from 'node:https'
import {join} from 'node:path'

const [url, home, data, versions, names] = process.argv.slice(2)
const tokens = join(home, 'config/postern/tokens')
const token = readFileSync(join(tokens, readdirSync(tokens)[0]), 'utf8')
const ca = readFileSync(join(data, 'tls/ca.crt'))
const AT_ONCE = 5000

let asked = 0
while (asked < Number(versions)) {
  const count = Math.min(AT_ONCE, Number(versions) - asked)
  const items = Array.from({length: count}, (_, n) => ({
    scope: 'bench',
    key: `KEY_${(asked + n) % Number(names)}`,
    value: {encoding: 'utf8', data: `value ${Math.random()}`},
  }))
  await set(JSON.stringify({items}))
  asked += count
}
console.log(JSON.stringify({asked}))

function set(body) {
  return new Promise((done, fail) => {
    const sent = request(
      `${url}/admin/v1/orgs/default/secrets`,
      {
        ca,
        method: 'PUT',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      },
      (answer) => {
        answer.resume()
        answer.on('end', () => (answer.statusCode === 200 ? done() : fail(new Error(`answered ${answer.statusCode}`))))
      },
    )
    sent.on('error', fail)
    sent.end(body)
  })
}
