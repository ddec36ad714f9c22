import type {ServerResponse} from 'node:http'
import type {Socket} from 'node:net'

/** What is to be done for the requests of a connection that have no answer yet. */
const waiting = new WeakMap<Socket, Set<() => void>>()

/**
 * Calls `work` once the answer is sent, or the client is gone. Of an answer that waits behind another on its connection, Node
 * itself says nothing when that connection ends.
 */
export function whenGone(socket: Socket, answer: ServerResponse, work: () => void): void {
  let all = waiting.get(socket)
  if (all === undefined) {
    const made = new Set<() => void>()
    socket.once('close', () => {
      for (const one of made) one()
    })
    waiting.set(socket, made)
    all = made
  }
  const own = all.add(work)
  answer.once('close', () => {
    own.delete(work)
    work()
  })
}
