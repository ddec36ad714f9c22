// A closed loop: `connections` keep-alive connections, each of which asks again once it was answered. Prints one line of
// JSON. `node bench/load.js SPEC`, as JSON: {kind, connections, seconds, names, targets, watch}.
import {coresBusy, processorTimes} from './processor.js'
import {latencies, readAnswers, requests, target} from './requests.js'

const {kind, connections, seconds, names, targets, watch} = JSON.parse(process.argv[2])
const places = targets.map(target)
const times = []
let made = 0
let end = 0

/** One connection: the next request goes when the last was answered in full. */
function drive({socket, place}) {
  return new Promise((done, fail) => {
    let began = 0
    const next = () => {
      if (performance.now() >= end) return done()
      began = performance.now()
      socket.write(requests[kind](place, made, {names}))
      made += 1
    }
    socket.on('error', fail).on('close', () => fail(new Error('the server hung up')))
    readAnswers(socket, ({status}) => {
      if (status !== 200) return fail(new Error(`answered ${status}`))
      times.push(performance.now() - began)
      next()
    })
    next()
  })
}

const open = (place) =>
  new Promise((done, fail) => {
    const socket = place
      .connect()
      .once('error', fail)
      .once('secureConnect', () => done({socket, place}))
  })

// Handshakes are not what is measured.
const sockets = await Promise.all(Array.from({length: connections}, (_, n) => open(places[n % places.length])))
const groups = {...watch, load: [process.pid]}
const before = processorTimes(groups)
const began = performance.now()
end = began + seconds * 1000
await Promise.all(sockets.map(drive))
const took = (performance.now() - began) / 1000
const cores = coresBusy(before, processorTimes(groups), took)
console.log(JSON.stringify({perSecond: times.length / took, ...latencies(times), made, cores}))
process.exit()
