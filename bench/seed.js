// Stores versions by bulk calls, until there are as many as asked for; prints how many it added. `node bench/seed.js SPEC`,
// as JSON: {noun, scope, versions, names, bytes, url, ca, token}.
import {readFileSync} from 'node:fs'
import {request} from 'node:https'

const {noun, scope = 'bench', versions, names, bytes = 0, url, ca, token} = JSON.parse(process.argv[2])
const authority = readFileSync(ca)
const bearer = readFileSync(token, 'utf8').trim()
const AT_ONCE = 5000

let made = 0
while (made < versions) {
  const count = Math.min(AT_ONCE, versions - made)
  const items = Array.from({length: count}, (_, n) => ({
    scope,
    key: `KEY_${(made + n) % names}`,
    value: {encoding: 'utf8', data: `value ${Math.random()}`.padEnd(bytes, '.')},
  }))
  await set(JSON.stringify({items}))
  made += count
}
console.log(JSON.stringify({made}))

function set(body) {
  return new Promise((done, fail) => {
    const sent = request(
      `${url}/admin/v1/orgs/default/${noun}`,
      {
        ca: authority,
        method: 'PUT',
        headers: {
          authorization: `Bearer ${bearer}`,
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
