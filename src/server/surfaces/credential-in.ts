import type {IncomingHttpHeaders} from 'node:http'
import {sessionIn} from '../credentials/identify.ts'

/** The token that a request came with, right or wrong. */
export const tokenIn = ({authorization}: IncomingHttpHeaders): string | null =>
  /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? null

/** The token or session that a request came with, right or wrong; none: an empty text. */
export const credentialIn = (headers: IncomingHttpHeaders): string =>
  tokenIn(headers) ?? sessionIn(headers.cookie) ?? ''
