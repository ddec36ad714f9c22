import {X509Certificate} from 'node:crypto'
import {rm} from 'node:fs/promises'
import type {Server} from 'node:https'
import {Server as Listener} from 'node:net'
import {setTimeout as sleep} from 'node:timers/promises'
import type {FastifyInstance} from 'fastify'
import {rememberUrl} from './announced-url.ts'
import {repeat} from './jobs/repeat.ts'
import {type Address, listen, localUrl} from './listen.ts'
import {createLogger} from './logger.ts'
import {open} from './open.ts'
import {renewEnrolment, writeEnrolment} from './owner-enrolment.ts'
import {rootKeyWarnings} from './root-key.ts'
import type {Services} from './services.ts'
import type {Settings} from './settings.ts'
import {providerOf} from './sso/provider.ts'
import {checkSecret, type SsoSettings} from './sso/settings.ts'
import {StartError} from './start-error.ts'
import {firstOrganization} from './store/first-organization.ts'
import {storeFaultOf} from './store/store-fault.ts'
import {door} from './surfaces/door.ts'
import type {Patience} from './surfaces/listener.ts'
import {givenCertificate} from './tls/given-certificate.ts'
import type {IdentitySource} from './tls/identity.ts'
import {covers, hostOf, namesFor} from './tls/names.ts'
import {privateAuthority} from './tls/private-authority.ts'
import {permissionsOfRole} from './tokens/load.ts'

export interface StartIo {
  /** Where log lines go. */
  log: {write: (line: string) => void}
  version: string
  now?: () => Date
  /** After how many seals a data key is replaced; by default long before random nonces might repeat. */
  sealsPerDataKey?: number
  /** How long clients are waited for; by default as docs/limits.md says. */
  patience?: Partial<Patience>
  /** The folder that the dashboard's page was built into; without, there is none to see. */
  page?: string
}

export interface RunningServer {
  /** Where the CLI's surface answers, as clients are to name it. */
  adminUrl: string
  dashboardUrl: string
  /** Of the authority to pin; null when the certificate is one that systems trust. */
  caFingerprint: string | null
  /** The file with the first owner's enrolment, as long as nobody took it away. */
  enrolmentFile: string | null
  /** What is worth a look, though the server runs. */
  warnings: string[]
  /** Stops accepting, finishes what runs (at most ten seconds), closes everything. Safe to call again. */
  stop: () => Promise<void>
}

/** Of stopping, in milliseconds: the longest, and how long clients are told to end by themselves. */
const DRAIN = 10_000
const LAST_ROUND = 250

/** How often it is said that requests were refused for overload, in milliseconds. */
const OVERLOAD_SAID = 10_000

/**
 * How often a data key may seal. AES-GCM with random 96-bit nonces must not be used more than 2^32 times with a key (NIST
 * SP 800-38D, 8.3); half of that leaves room for what is sealed until the next
 * look, and for what a server that was killed had not written: its counts of a minute at most.
 */
const SEALS = 2 ** 31

/**
 * Starts a server and answers once it accepts connections.
 * @throws StartError when it cannot; then nothing is left open.
 */
export async function start(settings: Settings, io: StartIo): Promise<RunningServer> {
  const now = io.now ?? (() => new Date())
  const logger = createLogger(settings.logLevel, io.log)
  const closing: (() => Promise<void> | void)[] = []
  const stop = once(async () => {
    for (const close of closing.reverse()) await close()
  })
  try {
    if (settings.sso !== null) await checkSecret(settings.sso)
    const urls = {admin: settings.publicUrls[0] ?? '', dashboard: ''}
    const {file, services, close} = await open(settings, {
      version: io.version,
      dashboardUrl: () => urls.dashboard,
      now,
      onFault: (error, operation) =>
        logger.error({err: error, operation, store: storeFaultOf(error) ?? undefined}, 'operation failed'),
      onLost: (error) => logger.warn({err: error}, 'a connection to the database ended; the next ask opens another'),
    })
    closing.push(close)
    closing.push(
      repeat(60_000, services.minutely, (error) => logger.error({err: error}, 'what is written once a minute was not')),
    )

    closing.push(
      repeat(
        OVERLOAD_SAID,
        async () => sayOverload(services, logger),
        () => {},
      ),
    )

    const named = [...settings.publicUrls, ...(settings.dashboardUrl === null ? [] : [settings.dashboardUrl])]
    const identity =
      settings.tls === null
        ? await privateAuthority(file('tls'), services.authority, namesFor(named), now())
        : await givenCertificate(settings.tls.cert, settings.tls.key, now())
    const sso = settings.sso === null ? null : providerOf(settings.sso)
    const listenOn = async (surfaces: Parameters<typeof door>[0]['surfaces'], address: Address) => {
      const {key, cert} = identity.current
      const {trustedProxies} = settings
      const app = await door({
        services,
        surfaces,
        logger,
        tls: {key, cert},
        trustedProxies,
        ...(io.patience && {patience: io.patience}),
        ...(io.page !== undefined && {page: io.page}),
        ...(sso !== null && {sso}),
      })
      closing.push(() => drain(app))
      return {app, url: localUrl({host: address.host, port: await listen(app, address)})}
    }
    const {dashboardListen} = settings
    const admin = await listenOn(
      dashboardListen === null ? ['cli', 'workload', 'dashboard'] : ['cli', 'workload'],
      settings.listen,
    )
    urls.admin ||= admin.url
    const dashboard = dashboardListen === null ? admin : await listenOn(['dashboard'], dashboardListen)
    closing.push(services.context.held.end)
    urls.dashboard = settings.dashboardUrl ?? (dashboardListen === null ? urls.admin : dashboard.url)

    const {caFingerprint} = identity.current
    const enrolment = file('owner-enrolment')
    let written = false
    const made = await services.ownerToken(async (token) => {
      await writeEnrolment(enrolment, {url: urls.admin, caFingerprint, token})
      written = true
    })
    if (written && !made) await rm(enrolment)
    const enrolled = await renewEnrolment(enrolment, {url: urls.admin, caFingerprint})
    await rememberUrl(file, urls.admin)
    closing.push(
      services.keepKeys({
        most: io.sealsPerDataKey ?? SEALS,
        onStuck: (versions) =>
          logger.error({versions}, 'stored versions [entry, version] do not open; their data key stays'),
        onFault: (error) => logger.error({err: error}, 'the keys could not be looked after; it is tried again'),
      }),
    )
    closing.push(services.forgetOwed(() => logger.info('what was deleted for good is erased from the files now')))
    closing.push(keepFresh(identity, [...new Set([admin.app, dashboard.app])], now, logger))
    if (settings.sso !== null) await warnOfRoles(settings.sso, services, logger)
    logger.info({admin: urls.admin, dashboard: urls.dashboard, version: io.version}, 'ready')
    return {
      adminUrl: urls.admin,
      dashboardUrl: urls.dashboard,
      caFingerprint,
      enrolmentFile: enrolled ? enrolment : null,
      warnings: [...uncovered(identity, named), ...(await rootKeyWarnings(settings.rootKeyFile))],
      stop: once(() => stop().then(() => logger.info('stopped'))),
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Says which roles of single sign-on are not there: who gets one may do nothing, until somebody makes it. */
async function warnOfRoles(
  {roles}: SsoSettings,
  {context: {reader}}: Services,
  logger: ReturnType<typeof createLogger>,
): Promise<void> {
  const {id} = await firstOrganization(reader)
  for (const role of new Set(roles.map((one) => one.role)))
    if ((await permissionsOfRole(reader, id, {role, environment_id: null})) === null)
      logger.warn({role}, 'a role that --oidc-role names is not there: who gets it may do nothing')
}

/** A line for many refusals. */
function sayOverload({takeOverload, context}: Services, logger: ReturnType<typeof createLogger>): void {
  const refused = takeOverload()
  if (refused > 0)
    logger.warn(
      {refused, inProgress: context.room.requests},
      'more came than can be served; the rest was refused with 503',
    )
}

/** Lets new handshakes use a renewed certificate, with no restart. */
function keepFresh(
  source: IdentitySource,
  apps: readonly FastifyInstance[],
  now: () => Date,
  logger: ReturnType<typeof createLogger>,
): () => Promise<void> {
  let reported = ''
  const renew = async () => {
    const next = await source.refresh(now())
    reported = ''
    if (next === null) return
    const {key, cert} = next
    for (const app of apps) (app.server as Server).setSecureContext({key, cert, minVersion: 'TLSv1.2'})
    logger.info({until: new X509Certificate(next.cert).validTo}, 'certificate renewed')
  }
  return repeat(source.every, renew, (error) => {
    const why = error instanceof StartError ? error.message : 'unknown'
    if (why !== reported) logger.error({err: error, why}, 'the certificate could not be renewed; the last one stays')
    reported = why
  })
}

function uncovered(identity: IdentitySource, urls: readonly string[]): string[] {
  const certificate = new X509Certificate(identity.current.cert)
  const missing = urls.map(hostOf).filter((name) => !covers(certificate, name))
  return missing.map((name) => `the certificate does not name ${name}, so clients of that URL will refuse it`)
}

/**
 * Ends a listener: what runs may finish, in bounded time. First no connection is accepted any more, and every answer tells
 * its client to end the one it has, for one round: a connection closed between two requests, or before its first one has
 * come, would be reset under it.
 */
async function drain(app: FastifyInstance): Promise<void> {
  app.server.prependListener('request', (_request, reply) => reply.setHeader('connection', 'close'))
  // Of the listener alone: an https server's own close ends idle connections at once.
  Listener.prototype.close.call(app.server)
  await sleep(LAST_ROUND)
  // A connection whose request has arrived, and which nobody has read yet, counts as idle. On a busy machine those are many,
  // and timers come before what has arrived: so each time that is read first.
  const sweep = setInterval(() => setImmediate(() => app.server.closeIdleConnections()), 100)
  const cut = setTimeout(() => app.server.closeAllConnections(), DRAIN)
  await new Promise((read) => setImmediate(read))
  await app.close().finally(() => {
    clearInterval(sweep)
    clearTimeout(cut)
  })
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= work()
    return running
  }
}
