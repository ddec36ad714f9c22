import {Agent} from 'node:https'
import {type ConnectionOptions, connect, type DetailedPeerCertificate, TLSSocket} from 'node:tls'
import {fingerprint} from '../formats/fingerprint.ts'

/** A server's certificate that was verified in full before: against the pinned CA, under the host name of `origin`. */
export interface KnownCertificate {
  origin: string
  /** Lower-case hex SHA-256 of its DER bytes. */
  sha256: string
  /** When the first certificate of its chain ends, ISO 8601. From then on it is verified in full again. */
  until: string
}

/** What goes with a request's options: Node does not let an agent have the request's signal before it has given a socket. */
export interface GivenUp {
  givenUp?: AbortSignal | undefined
}

const recognized = new WeakSet<object>()

/** Whether the peer is the one that is trusted: verified in full, or recognized. */
export const isTrusted = (socket: unknown): socket is TLSSocket =>
  socket instanceof TLSSocket && (socket.authorized || recognized.has(socket))

/**
 * An agent that recognizes the known certificate, and verifies any other in full. Verifying makes Node parse all the
 * certificates of its own first, even where none of them is trusted, which takes nearly as long as Node's start. The
 * handshake proves either way that the peer has the certificate's key, and no byte of a request leaves before.
 */
export function agentKnowing(known: KnownCertificate): Agent {
  const agent = new Agent({keepAlive: true})
  const verifying = agent.createConnection.bind(agent)
  agent.createConnection = (options, done) => {
    if (!(Date.now() < Date.parse(known.until))) return verifying(options)
    const {givenUp, ...rest} = options as ConnectionOptions & GivenUp
    const socket = connect({...rest, ca: [], rejectUnauthorized: false})
    const failed = (error: Error) => done?.(error, socket)
    const leave = () => socket.destroy(givenUp?.reason)
    givenUp?.addEventListener('abort', leave)
    socket.once('error', failed)
    socket.once('secureConnect', () => {
      givenUp?.removeEventListener('abort', leave)
      socket.off('error', failed)
      const shown = socket.getPeerX509Certificate()
      if (shown !== undefined && fingerprint(shown.raw) === known.sha256) {
        recognized.add(socket)
        done?.(null, socket)
      } else {
        socket.on('error', () => {}).destroy()
        done?.(null, verifying(options) as TLSSocket)
      }
    })
    return undefined
  }
  return agent
}

/** What to know of a peer that was verified in full. */
export function knownFrom(socket: TLSSocket, origin: string): KnownCertificate {
  const leaf = socket.getPeerCertificate(true)
  let until = Date.parse(leaf.valid_to)
  for (let at: DetailedPeerCertificate = leaf; at.issuerCertificate && at.issuerCertificate !== at; ) {
    at = at.issuerCertificate
    until = Math.min(until, Date.parse(at.valid_to))
  }
  return {origin, sha256: fingerprint(leaf.raw), until: new Date(until).toISOString()}
}
