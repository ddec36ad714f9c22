import {once} from 'node:events'
import {connect as connectTcp, type Socket} from 'node:net'
import {connect, type TLSSocket} from 'node:tls'
import {afterEach, expect, test, vi} from 'vitest'
import type {Patience} from '../../../src/server/surfaces/listener.ts'
import {type ListeningDoor, listeningDoor} from '../../world/listening-door.ts'
import {request} from '../../world/request.ts'

let at: ListeningDoor
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await at.close()
})

const ask = (method: string, path: string, body?: object) =>
  request(at.url, `/admin/v1/orgs/default${path}`, at.ca, {
    method,
    headers: {authorization: `Bearer ${at.token}`},
    ...(body && {body}),
  })
const head = (method: string, path: string, more: string[] = []) =>
  [
    `${method} /admin/v1/orgs/default${path} HTTP/1.1`,
    'host: a',
    `authorization: Bearer ${at.token}`,
    ...more,
    '',
  ].join('\r\n')

/** A client that never ends its own side, and what it was told until the server ended. */
async function opened(): Promise<TLSSocket> {
  const socket = connect({host: '127.0.0.1', port: at.port, ca: at.ca, allowHalfOpen: true} as object)
  sockets.push(socket.on('error', () => {}))
  await once(socket, 'secureConnect')
  return socket
}
async function toldBy(socket: Socket): Promise<string> {
  let told = ''
  socket.on('data', (part) => {
    told += part
  })
  await Promise.race([once(socket, 'close'), once(socket, 'end')])
  return told
}

/** Sends a part of `text` every 50 ms, as long as it may. */
function trickle(socket: Socket, text: string, bytes = 1): void {
  let at = 0
  const timer = setInterval(() => {
    if (socket.writable && !socket.destroyed) socket.write(text.slice(at, at + bytes))
    at += bytes
  }, 50)
  socket.on('close', () => clearInterval(timer))
}

const put = (length: number) =>
  head('PUT', '/secrets/K?scope=a', ['content-type: application/json', `content-length: ${length}`])

const slow: [string, Partial<Patience>, (socket: TLSSocket) => void, RegExp][] = [
  ['sends nothing', {headers: 300}, () => {}, /^HTTP\/1\.1 408 /],
  ['sends half of its headers', {headers: 300}, (socket) => socket.write(head('GET', '/secrets')), /^HTTP\/1\.1 408 /],
  [
    'trickles its headers',
    {headers: 300},
    (socket) => trickle(socket, head('GET', `/secrets?cursor=${'a'.repeat(10_000)}`)),
    /^HTTP\/1\.1 408 /,
  ],
  [
    'sends half of its body',
    {headers: 1000, request: 1000},
    (socket) => socket.write(`${put(100)}\r\n{"value":`),
    /^HTTP\/1\.1 408 /,
  ],
  [
    'trickles its body',
    {headers: 1000, request: 1000},
    (socket) => {
      socket.write(`${put(100_000)}\r\n`)
      trickle(socket, `{"value":{"encoding":"utf8","data":"${'a'.repeat(90_000)}`)
    },
    /^HTTP\/1\.1 408 /,
  ],
  [
    'trickles chunks',
    {headers: 1000, request: 1000},
    (socket) => {
      socket.write(
        `${head('PUT', '/secrets/K?scope=a', ['content-type: application/json', 'transfer-encoding: chunked'])}\r\n`,
      )
      trickle(socket, '1\r\n{\r\n'.repeat(10_000), 6)
    },
    /^HTTP\/1\.1 408 /,
  ],
  [
    'keeps its connection and asks nothing more',
    {keepAlive: 300},
    (socket) => socket.write(`${head('GET', '/secrets')}\r\n`),
    /^HTTP\/1\.1 200 [\s\S]*"items":\[\][^H]*$/,
  ],
  ['says what is no HTTP and stays', {}, (socket) => socket.write('hello\r\n\r\n'), /^HTTP\/1\.1 400 /],
]

test.each(slow)('who %s is ended, and told why; nothing of it stays', async (_, patience, behave, told) => {
  at = await listeningDoor(patience)
  const socket = await opened()
  behave(socket)
  const answer = await toldBy(socket)
  expect(answer).toMatch(told)
  if (!answer.includes(' 200 '))
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({
      code: answer.includes(' 408 ') ? 'request_timeout' : 'malformed',
    })
  await expect.poll(at.connections, {timeout: 10_000}).toBe(0)
  await expect.poll(() => at.services.context.room.requests).toBe(0)
  expect(at.log.filter((line) => line.includes('request failed'))).toEqual([])
})

test.each([
  ['says nothing', () => {}],
  ['says what is no TLS', (socket: Socket) => socket.write('GET / HTTP/1.1\r\n\r\n')],
  ['begins one and stops', (socket: Socket) => socket.write(Buffer.from('1603010200010001fc0303', 'hex'))],
])('who never ends a TLS handshake, and %s, is ended', async (_, behave) => {
  at = await listeningDoor({handshake: 300})
  const socket = connectTcp({host: '127.0.0.1', port: at.port, allowHalfOpen: true})
  sockets.push(socket.on('error', () => {}))
  await once(socket, 'connect')
  behave(socket)
  await toldBy(socket)
  await expect.poll(at.connections, {timeout: 10_000}).toBe(0)
})

test('who does not read its answers is ended, and its places are free again', async () => {
  at = await listeningDoor({answer: 500})
  await ask('PUT', '/variables/LARGE?scope=a', {value: {encoding: 'utf8', data: 'a'.repeat(1024 * 1024)}})
  const socket = await opened()
  socket.pause()
  socket.write(`${head('GET', '/variables/LARGE?scope=a')}\r\n`.repeat(40))
  await expect.poll(() => at.services.context.room.requests, {timeout: 10_000}).toBeGreaterThan(0)
  await expect.poll(() => at.services.context.room.requests, {timeout: 10_000}).toBe(0)
  await expect.poll(at.connections, {timeout: 10_000}).toBe(0)
})

test('who hangs up takes nothing back: its place is free when what it asked is done', async () => {
  at = await listeningDoor()
  const {room, gate} = at.services.context
  // A turn that goes on until it is let.
  let release = () => {}
  const turn = at.services.asServer({
    operation: 'server.refused',
    act: async (_, asks) => {
      await new Promise<void>((done) => {
        release = done
      })
      return asks.map(() => ({reply: null, targets: [{kind: 'server'}], changed: false}))
    },
    input: null,
    target: {kind: 'server'},
  })
  const written = vi.spyOn(gate, 'write')
  const socket = await opened()
  const body = JSON.stringify({items: [{scope: 'a', key: 'K', value: {encoding: 'utf8', data: 'x'}}]})
  const said = ['content-type: application/json', `content-length: ${body.length}`]
  socket.write(`${head('PUT', '/secrets', said)}\r\n${body}`)
  await expect.poll(() => written.mock.calls.length, {timeout: 10_000}).toBe(1)
  socket.destroy()
  await expect.poll(at.connections).toBe(0)
  expect(room.requests).toBe(1)
  release()
  await turn
  await expect.poll(() => room.requests).toBe(0)
  expect((await ask('GET', '/secrets?scope=a')).json.items).toMatchObject([{key: 'K'}])
})

test('more connections than are kept: idle ones make room for who comes again', async () => {
  at = await listeningDoor({connections: 8})
  const kept = await Promise.all(Array.from({length: 8}, opened))
  const idle = kept[0]!
  idle.write(`${head('GET', '/secrets')}\r\n`)
  await once(idle, 'data')
  // One too many: it is hung up on, and so is the idle one, in whose place the next is served.
  await expect(opened()).rejects.toThrow()
  await once(idle, 'end')
  expect((await ask('GET', '/secrets')).status).toBe(200)
})
