import type {AddressInfo} from 'node:net'
import {connect, createServer, type Socket} from 'node:net'

/** Where a connection is cut: before a COMMIT reaches the database, or once that has done it and before its answer is back. */
export type Cut = 'before' | 'after'

/** Stands between a server and its PostgreSQL, which speak in the clear, and cuts connections in the middle of a commit. */
export interface CuttingProxy {
  port: number
  /** Cuts at the next commit; resolves when it is cut. */
  cutNext: (cut: Cut) => Promise<void>
  close: () => Promise<void>
}

/** What the driver sends (a Query message), and what the database answers (CommandComplete): text and a zero byte. */
const SENT = Buffer.from('commit\0')
const DONE = Buffer.from('COMMIT\0')

export async function cuttingProxy(to: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>()
  let wanted: {cut: Cut; done: () => void} | null = null
  const server = createServer((client) => {
    const database = connect(to, '127.0.0.1')
    let committing = false
    const both = [client, database]
    const end = () => {
      for (const socket of both) {
        socket.destroy()
        sockets.delete(socket)
      }
    }
    const cut = () => {
      wanted?.done()
      wanted = null
      end()
    }
    for (const socket of both) {
      sockets.add(socket)
      socket.setNoDelay(true).on('error', end).on('close', end)
    }
    client.on('data', (bytes) => {
      const commits = wanted !== null && bytes[0] === 0x51 && bytes.subarray(5).equals(SENT)
      if (commits && wanted?.cut === 'before') return cut()
      committing = commits
      database.write(bytes)
    })
    database.on('data', (bytes) => {
      if (committing && bytes.includes(DONE)) return cut()
      client.write(bytes)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    port: (server.address() as AddressInfo).port,
    cutNext: (cut) =>
      new Promise((done) => {
        wanted = {cut, done}
      }),
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((done) => server.close(() => done()))
    },
  }
}
