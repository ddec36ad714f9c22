import type {Fetch} from './messages.ts'

/** Where calls go, as whom, and over what. */
export interface Connection {
  /** Scheme, host and port, with no trailing slash. */
  origin: string
  /** The credential; null: none is sent here. */
  token: string | null
  /** What each request says beside. */
  headers?: () => Record<string, string>
  /** PEM of what alone is trusted; null: Node's certificates. */
  ca: string | null
  /** The transport: `fetch` over the profile's CA and proxy. */
  fetch: Fetch
  /** For one try, in milliseconds. */
  timeout: number
  /** Which surface's routes to call. */
  prefix?: string
}
