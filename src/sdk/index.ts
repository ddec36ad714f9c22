// What `postern/sdk` is: its types are all here, so that its declaration is one file, which may be augmented.

import {openSession} from './session.ts'

/** The keys of an environment: `postern types` writes a file that adds them, and then they complete and are checked. */
// biome-ignore lint/suspicious/noEmptyInterface: it is there to be augmented
export interface PosternSecrets {}

/** A key: any text, until `PosternSecrets` names some. */
export type SecretKey = [keyof PosternSecrets] extends [never] ? string : keyof PosternSecrets & string

/** Where to connect, as which workload. What is not said here is taken from POSTERN_URL, POSTERN_TOKEN or POSTERN_TOKEN_FILE, POSTERN_CA_FILE. */
export interface ConnectOptions {
  /** The server, as https://postern.example:8443 */
  url?: string
  /** A workload's token. */
  token?: string
  /** PEM of what alone is trusted. */
  ca?: string
  /** Globs of keys, as `VITE_*`. */
  only?: readonly string[]
  /** Patterns of scopes, as `aws/prod/**`. */
  scopes?: readonly string[]
}

/** What is known of a secret beside its value. */
export interface SecretMeta {
  scope: string
  version: number
  /** Who keeps it. */
  source: 'postern'
  kind: 'secret' | 'variable'
  type: 'string' | 'file' | 'fields' | 'totp'
}

/** A file that is made of one value, or of several with a divider between them. */
export interface MountOptions {
  sources: SecretKey | readonly SecretKey[]
  /** By default a line feed. */
  divider?: string
  /** By default 0o600. */
  mode?: number
  /** By default the first source's key. One that is taken gets a suffix. */
  name?: string
}

/** What an environment gave, until `close`: then every exposure is undone, and every file is gone. */
export interface Secrets extends AsyncDisposable {
  /** A value as text. @throws SecretNotFoundError; PosternError for bytes that are not UTF-8. */
  get(key: SecretKey): Promise<string>
  /** Several values, in their order. @throws SecretNotFoundError, naming all that are missing. */
  get(keys: readonly SecretKey[]): Promise<string[]>
  /** A value's bytes. @throws SecretNotFoundError */
  getBytes(key: SecretKey): Promise<Uint8Array>
  /** Never throws. */
  has(key: string): boolean
  /** All keys, sorted. Never throws. */
  list(): string[]
  getMeta(key: string): SecretMeta | undefined
  /** Asks the server again; answers whether anything changed. What was exposed or mounted stays as it is. */
  refresh(): Promise<boolean>
  /** Puts a value into `process.env`, under its key or another name, until the end; what was there comes back then. */
  expose(key: SecretKey, as?: string): Promise<void>
  /** Writes a file in a private folder, in memory where there is a place, and gives its path. */
  mountFile(options: MountOptions): Promise<string>
  /** The same, with its path in a variable of `process.env` until the end. */
  exposeFile(variable: string, options: MountOptions): Promise<string>
  /** What is written to the stream that this gives goes on to `to` with `***` for values, also in base64, URLs and JSON. */
  mask(to: NodeJS.WritableStream): NodeJS.WritableStream
  /** Ends the session; safe to call again. */
  close(): Promise<void>
}

/** Keys that an environment does not give, all of them, and the names that may be meant. It has no value. */
export class SecretNotFoundError extends Error {
  override readonly name = 'SecretNotFoundError'
  readonly missing: readonly string[]
  readonly nearest: readonly string[]

  constructor(missing: readonly string[], nearest: readonly string[]) {
    const hint = nearest.length === 0 ? '' : ` Is ${nearest.join(', ')} meant?`
    super(`The environment does not give ${missing.join(', ')}.${hint}`)
    this.missing = missing
    this.nearest = nearest
  }
}

/** The errors of the connection and the server: a stable code, as the documentation lists them. */
export interface PosternError extends Error {
  readonly name: 'PosternError'
  readonly code: string
}

/** Gives what the environment of the token gives. It changes nothing of `process.env`, and writes no file, unless asked. @throws PosternError */
export const connect: (options?: ConnectOptions) => Promise<Secrets> = async (options = {}) => openSession(options)

/** What `withSecrets` takes beside what it does. */
export interface WithOptions extends ConnectOptions {
  /** After so many milliseconds the session ends, and the call fails with PosternError `request_timeout`. */
  timeout?: number
}

/** Does something with a session, and ends that when it is done, failed or took too long. @throws as `connect`, and what `work` throws. */
export async function withSecrets<R>(work: (secrets: Secrets) => Promise<R>, options: WithOptions = {}): Promise<R> {
  const {timeout, ...connection} = options
  const {within} = await import('./within.ts')
  const secrets = await connect(connection)
  try {
    return await within(timeout, work(secrets))
  } finally {
    await secrets.close()
  }
}
