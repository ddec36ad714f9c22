import {randomUUID} from 'node:crypto'
import {prefixes} from '../contract/surfaces.ts'
import {noAnswer, notPostern, problemIn} from './answer.ts'
import type {Connection} from './connection.ts'

// How a terminal signs in where a person does: before there is any credential, so it is no route of the contract.

/** What a terminal gets: a person's credential, and until when it lives at most. */
export interface Taken {
  token: string
  expiresAt: string
}

/** What a terminal shows that has no browser: the code, and where to type it. @throws PosternError */
export async function askForCode(to: Connection, verifier: string): Promise<{code: string; url: string}> {
  const {code, url} = await post(to, 'device', {verifier})
  if (typeof code === 'string' && /^[A-Z]{8}$/.test(code) && typeof url === 'string') return {code, url}
  throw notPostern(to, 'none')
}

/** The credential; null: nobody has signed in yet. @throws PosternError `forbidden` when it is over, `not_found` without single sign-on. */
export async function take(to: Connection, sent: {verifier: string; link?: string}): Promise<Taken | null> {
  const {pending, token, expiresAt} = await post(to, 'session', sent)
  if (pending === true) return null
  if (typeof token === 'string' && typeof expiresAt === 'string') return {token, expiresAt}
  throw notPostern(to, 'none')
}

async function post(to: Connection, name: string, body: object): Promise<Record<string, unknown>> {
  const requestId = randomUUID()
  const headers = {'content-type': 'application/json', 'x-request-id': requestId}
  const sent = {method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(to.timeout)}
  const answer = await to.fetch(new URL(`${to.origin}${prefixes.cli}/sso/${name}`), sent).catch((error: unknown) => {
    throw noAnswer(error, to, requestId)
  })
  const text = await answer.text()
  if (!answer.ok) throw problemIn(text, answer.status, requestId)
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    throw notPostern(to, requestId)
  }
}
