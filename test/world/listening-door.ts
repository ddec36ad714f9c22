import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {FastifyInstance} from 'fastify'
import pino from 'pino'
import {openServices, type Services} from '../../src/server/services.ts'
import {door} from '../../src/server/surfaces/door.ts'
import type {Patience} from '../../src/server/surfaces/listener.ts'
import {makeAuthority, makeLeaf} from '../../src/server/tls/certificates.ts'
import {openTestStore} from './engine.ts'
import {tempFolder} from './program.ts'

/** A door that listens, in the test's own process: over TLS, on a port of loopback. */
export interface ListeningDoor {
  url: string
  port: number
  /** PEM, and the file that has it. */
  ca: string
  caFile: string
  /** The owner's. */
  token: string
  services: Services
  app: FastifyInstance
  /** A folder that goes away with it. */
  folder: string
  /** Its lines so far. */
  log: string[]
  /** How many connections it has. */
  connections: () => Promise<number>
  close: () => Promise<void>
}

const authority = await makeAuthority(new Date())
const leaf = await makeLeaf(authority, ['127.0.0.1'], new Date())

/** Opens one over an empty store. Clients are waited for as docs/limits.md says, but where `patience` says otherwise. */
export async function listeningDoor(patience: Partial<Patience> = {}): Promise<ListeningDoor> {
  const {path: folder, remove} = tempFolder()
  const log: string[] = []
  const services = await openServices({
    store: await openTestStore(folder),
    rootKey: Buffer.alloc(32, 7),
    version: '0.0.0',
    dashboardUrl: () => 'https://localhost',
  })
  let token = ''
  await services.ownerToken(async (made) => {
    token = made
  })
  const logger = pino({level: 'info'}, {write: (line) => log.push(line)})
  const app: FastifyInstance = await door({
    services,
    surfaces: ['cli'],
    logger,
    tls: leaf,
    trustedProxies: [],
    patience: {look: 50, ...patience},
  })
  await app.listen({host: '127.0.0.1', port: 0})
  const {port} = app.server.address() as {port: number}
  const caFile = join(folder, 'listening-ca.pem')
  writeFileSync(caFile, authority.cert)
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    ca: authority.cert,
    caFile,
    token,
    services,
    app,
    folder,
    log,
    connections: () => new Promise((done) => app.server.getConnections((_, count) => done(count))),
    close: async () => {
      await app.close()
      await services.close()
      remove()
    },
  }
}
