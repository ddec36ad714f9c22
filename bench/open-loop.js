// An open loop: requests are due at a steady rate, whether the server keeps up or not, and a time is counted from when its
// request was due. So a server that stalls shows it in every request that had to wait, not in the one that it stalled on.
// Prints one line of JSON. `node bench/open-loop.js SPEC`, as JSON: {mix: {kind: weight}, rate, seconds, names, bytes,
// targets, connections, fresh, acks, watch}. `fresh`: a new connection for each request, else `connections` that are kept.
// `acks`: a file for what was acknowledged of the writes, as lines of `key version`.
import {writeFileSync} from 'node:fs'
import {coresBusy, processorTimes} from './processor.js'
import {latencies, readAnswers, requests, target} from './requests.js'

const {mix, rate, seconds, names, bytes, targets, connections, fresh, acks, watch} = JSON.parse(process.argv[2])
const places = targets.map(target)

/** How long what was sent may take to be answered after the last request was due, in milliseconds. */
const DRAIN = 10_000

const told = Object.fromEntries(
  Object.keys(mix).map((kind) => [kind, {due: 0, times: [], statuses: {}, retryAfter: 0, errors: 0}]),
)
const acknowledged = []
const lags = []
/** Due, and not sent yet: all connections are taken. */
const waiting = []
const idle = []
/** Connections of requests' own. */
let open = 0
let made = 0
let unanswered = 0

function answered(request, {status, head, body}) {
  const of = told[request.kind]
  of.statuses[status] = (of.statuses[status] ?? 0) + 1
  if (status === 503 && /\r\nretry-after: \d/i.test(head)) of.retryAfter += 1
  if (status === 200) of.times.push(performance.now() - request.due)
  if (status === 200 && acks !== undefined && request.kind === 'write') {
    const {key, version} = JSON.parse(body)
    acknowledged.push(`${key} ${version}`)
  }
  unanswered -= 1
}

function lost(request) {
  told[request.kind].errors += 1
  unanswered -= 1
}

/** A connection that is kept: it takes what waits, one at a time, and is opened again when it was lost. */
function keep(place) {
  const connection = {request: null, send: null}
  const socket = place.connect()
  connection.send = (request) => {
    connection.request = request
    socket.write(requests[request.kind](place, request.n, {names, bytes}))
  }
  const free = () => {
    const request = waiting.shift()
    if (request === undefined) idle.push(connection)
    else connection.send(request)
  }
  readAnswers(socket, (answer) => {
    // A server that has waited too long says so unasked.
    if (connection.request === null) return
    answered(connection.request, answer)
    connection.request = null
    free()
  })
  return new Promise((done) => {
    socket.on('secureConnect', () => {
      free()
      done()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (connection.request !== null) lost(connection.request)
      const at = idle.indexOf(connection)
      if (at !== -1) idle.splice(at, 1)
      // Not at once: a server that refuses is not to be hammered.
      setTimeout(() => keep(place), 100)
      done()
    })
  })
}

/** A connection of the request's own. */
function once(request) {
  const place = places[request.n % places.length]
  const socket = place.connect()
  let over = false
  const end = (then) => {
    if (over) return
    over = true
    open -= 1
    then()
    socket.destroy()
    if (waiting.length > 0 && open < connections) once(waiting.shift())
  }
  open += 1
  readAnswers(socket, (answer) => end(() => answered(request, answer)))
  socket.on('secureConnect', () =>
    socket.write(requests[request.kind](place, request.n, {names, bytes}, 'connection: close\r\n')),
  )
  socket.on('error', () => end(() => lost(request)))
  socket.on('close', () => end(() => lost(request)))
}

function issue(request) {
  told[request.kind].due += 1
  unanswered += 1
  lags.push(performance.now() - request.due)
  if (fresh) open < connections ? once(request) : waiting.push(request)
  else {
    const connection = idle.pop()
    connection === undefined ? waiting.push(request) : connection.send(request)
  }
}

const kinds = Object.entries(mix)
const weights = kinds.reduce((sum, [, weight]) => sum + weight, 0)
function drawn() {
  let at = Math.random() * weights
  for (const [kind, weight] of kinds) {
    at -= weight
    if (at < 0) return kind
  }
  return kinds[0][0]
}

if (!fresh) await Promise.all(Array.from({length: connections}, (_, n) => keep(places[n % places.length])))
const groups = {...watch, load: [process.pid]}
const before = processorTimes(groups)
const began = performance.now()
const total = Math.round(rate * seconds)
await new Promise((done) => {
  const tick = () => {
    for (; made < total && began + (made * 1000) / rate <= performance.now(); made += 1)
      issue({kind: drawn(), n: Math.floor(Math.random() * names), due: began + (made * 1000) / rate})
    made < total ? setTimeout(tick, 1) : done()
  }
  tick()
})
const inTime = Object.values(told).reduce((sum, {times}) => sum + times.length, 0)
const cores = coresBusy(before, processorTimes(groups), (performance.now() - began) / 1000)
for (const until = performance.now() + DRAIN; unanswered > 0 && performance.now() < until; )
  await new Promise((next) => setTimeout(next, 20))
if (acks !== undefined) writeFileSync(acks, acknowledged.join('\n'))
const kindsTold = Object.fromEntries(
  Object.entries(told).map(([kind, {times, ...rest}]) => [
    kind,
    {...rest, acknowledged: times.length, ...latencies(times)},
  ]),
)
console.log(
  JSON.stringify({
    kinds: kindsTold,
    total,
    donePerSecond: inTime / seconds,
    unanswered,
    lag: latencies(lags),
    cores,
  }),
)
process.exit()
