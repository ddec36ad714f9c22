import {createServer} from 'node:net'

/** A port of loopback that was free a moment ago, for what must be known before the server starts. */
export const freePort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const {port} = server.address() as {port: number}
      server.close(() => done(port))
    })
  })
