import type {Connection} from '../../client/connection.ts'
import type {Fetch} from '../../client/messages.ts'
import {UNATTENDED} from '../../contract/pages.ts'
import {prefixes} from '../../contract/surfaces.ts'

/** For one try, in milliseconds. */
const TIMEOUT = 30_000
/** For how long after a key or a click somebody counts as being there, in milliseconds. */
const ATTENDED = 60_000

let csrfToken = ''
let lastInput = Date.now()
for (const sign of ['pointerdown', 'keydown', 'wheel', 'touchstart'])
  addEventListener(sign, () => (lastInput = Date.now()), {capture: true, passive: true})

/** What unsafe requests carry beside the cookie, from now on. */
export function carryCsrfToken(token: string): void {
  csrfToken = token
}

/** The dashboard's surface of the server that the page came from. The browser sends the session's cookie itself. */
export const connection: Connection = {
  origin: location.origin,
  token: null,
  ca: null,
  prefix: prefixes.dashboard,
  timeout: TIMEOUT,
  // The client's own types of messages are what fetch's have in common with them.
  fetch: ((request: Request, init?: RequestInit) =>
    fetch(request, {...init, credentials: 'same-origin', redirect: 'error'})) as unknown as Fetch,
  headers: () => ({
    ...(csrfToken === '' ? {} : {'x-csrf-token': csrfToken}),
    ...(Date.now() - lastInput < ATTENDED ? {} : {[UNATTENDED]: '1'}),
  }),
}
