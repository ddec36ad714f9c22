import {readFile} from 'node:fs/promises'
import {isIPv4} from 'node:net'
import type {ConnectionOptions} from 'node:tls'
import {StartError, systemCode} from './start-error.ts'
import type {DatabaseSettings} from './store/postgres.ts'

/** How a database is named: the URL, and what is not in it. */
export interface DatabaseFlags {
  /** Of a flag, which everybody on the machine can read; and what that is called. */
  flag?: string | undefined
  flagName?: string
  /** Of the environment. */
  variable?: string | undefined
  pool?: string | undefined
  statementTimeout?: string | undefined
}

/** A database, before the files that its URL names are read. */
export interface DatabaseAsked {
  url: string
  place: string
  tls: {verify: 'full' | 'ca'; files: Partial<Record<'ca' | 'cert' | 'key', string>>} | null
  pool: number
  statementTimeout: number
}

/** Of the URL's settings, those that are for the driver; TLS is read here, the rest is refused. */
const forTheDriver = ['host', 'port', 'user', 'dbname', 'options']

const POOL = 10
const STATEMENT_TIMEOUT = 30_000

/**
 * The database that a server is to keep its store in; null: none is named. Beyond loopback and sockets TLS is required,
 * with the certificate and its name checked, unless the URL says `sslmode=disable`.
 * @throws StartError `usage` that never repeats the URL.
 */
export function readDatabase({
  flag,
  flagName = '--database-url',
  variable,
  pool,
  statementTimeout,
}: DatabaseFlags): DatabaseAsked | null {
  const text = flag ?? variable
  if (text === undefined) return null
  const name = flag === undefined ? 'POSTERN_DATABASE_URL' : flagName
  const url = URL.canParse(text) ? new URL(text) : null
  // What follows a # is a password, or half of one, that lacks its escape.
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol) || url.hash !== '')
    throw usage(`${name} takes the URL of a PostgreSQL database.`, 'postgres://postern@db.example.com/postern')
  if (flag !== undefined && (url.password !== '' || url.searchParams.has('password'))) {
    throw usage(
      `${flagName} holds a password, which every user of this machine could read in the list of processes.`,
      'give the URL in POSTERN_DATABASE_URL, or the password in PGPASSWORD or ~/.pgpass',
    )
  }
  // Where the URL names none, the driver would take PGHOST's, which may be anywhere.
  if (url.searchParams.get('host') === '') url.searchParams.delete('host')
  if (url.hostname === '' && !url.searchParams.has('host')) url.searchParams.set('host', 'localhost')
  const {tls, rest} = tlsOf(url, name)
  return {
    url: rest.href,
    place: placeOf(url),
    tls,
    pool: whole('database-pool', pool, 1, 500) ?? POOL,
    statementTimeout:
      (whole('database-statement-timeout', statementTimeout, 1, 3600) ?? STATEMENT_TIMEOUT / 1000) * 1000,
  }
}

/** Reads the files that are named for TLS. @throws StartError that names the one which cannot be read. */
export async function withFiles({tls, ...asked}: DatabaseAsked): Promise<DatabaseSettings> {
  if (tls === null) return {...asked, ssl: false}
  const ssl: ConnectionOptions = {minVersion: 'TLSv1.2'}
  for (const [what, path] of Object.entries(tls.files)) {
    ssl[what as keyof typeof tls.files] = await readFile(path, 'utf8').catch((error: unknown) => {
      throw new StartError(`The file ${path}, named for TLS to the database, cannot be read (${systemCode(error)}).`, {
        next: 'let the user who runs the server read it',
      })
    })
  }
  if (tls.verify === 'ca') ssl.checkServerIdentity = () => undefined
  return {...asked, ssl}
}

function tlsOf(url: URL, name: string): {tls: DatabaseAsked['tls']; rest: URL} {
  const rest = new URL(url)
  const take = (key: string) => {
    const value = rest.searchParams.get(key)
    rest.searchParams.delete(key)
    return value ?? undefined
  }
  const keys = [...rest.searchParams.keys()]
  if (new Set(keys).size < keys.length) throw usage(`${name} has a setting twice.`, 'give each setting once')
  const mode = take('sslmode') ?? (isLocal(url) ? 'disable' : 'verify-full')
  const given = {ca: take('sslrootcert'), cert: take('sslcert'), key: take('sslkey')}
  const stranger = [...rest.searchParams.keys()].find((key) => !forTheDriver.includes(key))
  if (stranger !== undefined)
    throw usage(
      `${name} has a setting that means nothing here.`,
      `known are sslmode, sslrootcert, sslcert, sslkey, ${forTheDriver.join(', ')}`,
    )
  if (mode === 'disable') return {tls: null, rest}
  if (mode !== 'verify-full' && mode !== 'verify-ca') {
    throw usage(
      `${name} asks for an sslmode that does not check whom it speaks to.`,
      'sslmode=verify-full, with sslrootcert=FILE for an authority of your own; or verify-ca, or disable',
    )
  }
  if (mode === 'verify-ca' && given.ca === undefined)
    throw usage(`${name} says sslmode=verify-ca and names no authority.`, 'sslrootcert=FILE')
  const files = Object.fromEntries(Object.entries(given).filter(([, path]) => path !== undefined))
  return {tls: {verify: mode === 'verify-full' ? 'full' : 'ca', files}, rest}
}

/** Whether what is said to the database stays on this machine. */
function isLocal(url: URL): boolean {
  const host = hostOf(url)
  return host.startsWith('/') || host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'))
}

/** A warning where everything goes in the clear, over a network. */
export const databaseWarnings = (asked: DatabaseAsked | null): string[] =>
  asked === null || asked.tls !== null || isLocal(new URL(asked.url))
    ? []
    : ['the connection to the database is not encrypted: sslmode=verify-full is the default for a reason']

const hostOf = (url: URL): string => url.searchParams.get('host') ?? decodeURIComponent(url.hostname)

function placeOf(url: URL): string {
  const host = hostOf(url)
  const port = url.port || url.searchParams.get('port') || '5432'
  const database = url.pathname.slice(1) || url.searchParams.get('dbname') || ''
  return `${host}:${port}${database === '' ? '' : `/${decodeURIComponent(database)}`}`
}

function whole(flag: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined
  const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw usage(`--${flag} takes a number from ${least} to ${most}.`, `--${flag} ${least}`)
}

const usage = (message: string, next: string) => new StartError(message, {code: 'usage', next})
