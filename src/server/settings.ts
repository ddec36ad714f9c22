import {homedir} from 'node:os'
import {isAbsolute, join, resolve} from 'node:path'
import ipaddr from 'ipaddr.js'
import {type DatabaseAsked, databaseWarnings, readDatabase} from './database.ts'
import {checkNames} from './environment.ts'
import {type Address, isLoopback, parseAddress} from './listen.ts'
import {readSso, type SsoSettings} from './sso/settings.ts'
import {StartError} from './start-error.ts'

/** The flags of `server start`, as typed. */
export interface StartFlags {
  data?: string | undefined
  listen?: string | undefined
  'public-url'?: readonly string[] | undefined
  'dashboard-listen'?: string | undefined
  'dashboard-url'?: string | undefined
  'tls-cert'?: string | undefined
  'tls-key'?: string | undefined
  'root-key-file'?: string | undefined
  'database-url'?: string | undefined
  'database-pool'?: string | undefined
  'database-statement-timeout'?: string | undefined
  'trusted-proxy'?: readonly string[] | undefined
  'oidc-issuer'?: string | undefined
  'oidc-client-id'?: string | undefined
  'oidc-client-secret-file'?: string | undefined
  'oidc-scope'?: string | undefined
  'oidc-groups-claim'?: string | undefined
  'oidc-role'?: readonly string[] | undefined
}

export interface Settings {
  /** The data folder, absolute. */
  data: string
  listen: Address
  /** Origins under which clients reach the server; the first is the one that links and enrolments name. */
  publicUrls: string[]
  /** A listener of its own for the dashboard; null: the one listener serves both surfaces. */
  dashboardListen: Address | null
  dashboardUrl: string | null
  /** A certificate that somebody else renews; null: the server's own authority. */
  tls: {cert: string; key: string} | null
  rootKeyFile: string | undefined
  /** Where the store is; null: in the data folder. */
  database: DatabaseAsked | null
  /** Addresses and CIDR blocks whose X-Forwarded-* headers are believed. */
  trustedProxies: string[]
  /** Where people sign in to the dashboard besides; null: by links alone. */
  sso: SsoSettings | null
  logLevel: LogLevel
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/**
 * The server's settings: a flag, else its variable, else the default; and what is worth a warning.
 * @throws StartError `usage` that names the flag or variable, never its value.
 */
export function readSettings(flags: StartFlags, env: NodeJS.ProcessEnv): {settings: Settings; warnings: string[]} {
  const {nearMisses, unknown} = checkNames(env)
  const miss = nearMisses[0]
  if (miss !== undefined) {
    throw usage(`${miss.name} means nothing to the server. Did you mean ${miss.meant}?`, `unset ${miss.name}`)
  }
  const set = (name: string) => (env[name] === undefined || env[name] === '' ? undefined : env[name])
  const list = (name: string) =>
    set(name)
      ?.split(/[\s,]+/)
      .filter((part) => part !== '')
  const address = (flag: string, text: string) => {
    const parsed = parseAddress(text)
    if (parsed === null)
      throw usage(`--${flag} takes an address and a port.`, `--${flag} 127.0.0.1:8443, or [::1]:8443`)
    return parsed
  }
  const dashboardListen = flags['dashboard-listen'] ?? set('POSTERN_DASHBOARD_LISTEN')
  const dashboardUrl = flags['dashboard-url'] ?? set('POSTERN_DASHBOARD_URL')
  const settings: Settings = {
    data: resolve(flags.data ?? set('POSTERN_DATA') ?? defaultFolder(env)),
    listen: address('listen', flags.listen ?? set('POSTERN_LISTEN') ?? '127.0.0.1:8443'),
    publicUrls: (flags['public-url'] ?? list('POSTERN_PUBLIC_URL') ?? []).map((url) => origin('public-url', url)),
    dashboardListen: dashboardListen === undefined ? null : address('dashboard-listen', dashboardListen),
    dashboardUrl: dashboardUrl === undefined ? null : origin('dashboard-url', dashboardUrl),
    tls: pair(flags['tls-cert'] ?? set('POSTERN_TLS_CERT'), flags['tls-key'] ?? set('POSTERN_TLS_KEY')),
    rootKeyFile: flags['root-key-file'] ?? set('POSTERN_ROOT_KEY_FILE'),
    database: readDatabase({
      flag: flags['database-url'],
      variable: set('POSTERN_DATABASE_URL'),
      pool: flags['database-pool'] ?? set('POSTERN_DATABASE_POOL'),
      statementTimeout: flags['database-statement-timeout'] ?? set('POSTERN_DATABASE_STATEMENT_TIMEOUT'),
    }),
    trustedProxies: [...(flags['trusted-proxy'] ?? list('POSTERN_TRUSTED_PROXY') ?? [])],
    sso: readSso({
      issuer: flags['oidc-issuer'] ?? set('POSTERN_OIDC_ISSUER'),
      clientId: flags['oidc-client-id'] ?? set('POSTERN_OIDC_CLIENT_ID'),
      clientSecretFile: flags['oidc-client-secret-file'] ?? set('POSTERN_OIDC_CLIENT_SECRET_FILE'),
      scope: flags['oidc-scope'] ?? set('POSTERN_OIDC_SCOPE'),
      groupsClaim: flags['oidc-groups-claim'] ?? set('POSTERN_OIDC_GROUPS_CLAIM'),
      roles: flags['oidc-role'] ?? list('POSTERN_OIDC_ROLE'),
    }),
    logLevel: level(set('POSTERN_LOG_LEVEL')),
  }
  settings.trustedProxies.forEach(checkProxy)
  return {settings, warnings: [...unknown.map((name) => `${name} means nothing to the server`), ...hints(settings)]}
}

function hints({listen, publicUrls, dashboardListen, dashboardUrl, database}: Settings): string[] {
  const warnings = databaseWarnings(database)
  if (!isLoopback(listen) && publicUrls.length === 0) {
    warnings.push(
      'the server listens beyond loopback, but its certificate names loopback only: give the URL that clients use, --public-url https://HOST:PORT',
    )
  }
  if (dashboardListen !== null && !isLoopback(dashboardListen) && dashboardUrl === null) {
    warnings.push(
      'the dashboard listens beyond loopback: give the URL that browsers use, --dashboard-url https://HOST:PORT',
    )
  }
  return warnings
}

function defaultFolder(env: NodeJS.ProcessEnv): string {
  const xdg = env.XDG_DATA_HOME
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'postern')
  const home = env.HOME || homedir()
  if (!isAbsolute(home)) throw usage('There is no home directory to keep the data in.', '--data DIR')
  return join(home, '.local', 'share', 'postern')
}

function origin(flag: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const bare =
    url !== null &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === ''
  if (url?.protocol !== 'https:' || !bare) {
    throw usage(`--${flag} takes an https:// URL with no path.`, `--${flag} https://postern.example.com`)
  }
  return url.origin
}

function pair(cert: string | undefined, key: string | undefined): Settings['tls'] {
  if (cert !== undefined && key !== undefined) return {cert, key}
  if (cert === undefined && key === undefined) return null
  throw usage('--tls-cert and --tls-key go together.', '--tls-cert FILE --tls-key FILE')
}

function level(text: string | undefined): LogLevel {
  const found = text === undefined ? 'info' : logLevels.find((name) => name === text)
  if (found === undefined) throw usage('POSTERN_LOG_LEVEL is not a level.', `one of ${logLevels.join(', ')}`)
  return found
}

function checkProxy(text: string): void {
  const [address = '', bits] = text.split('/')
  if (bits === undefined ? ipaddr.isValid(address) && !/^\d+$/.test(address) : ipaddr.isValidCIDR(text)) return
  throw usage('--trusted-proxy takes an address or a CIDR block.', '--trusted-proxy 10.0.0.0/8')
}

const usage = (message: string, next: string) => new StartError(message, {code: 'usage', next})
