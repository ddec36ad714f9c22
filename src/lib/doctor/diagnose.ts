import {isIP} from 'node:net'
import {call} from '../../client/call.ts'
import {PosternError} from '../../client/error.ts'
import {addressesOf, handshake, knock} from '../../client/probe.ts'
import {proxyUrlFor} from '../../client/proxy.ts'
import {whoami} from '../../contract/routes/session.ts'
import {orgIn} from '../command/org.ts'
import type {Env} from '../profile/folder.ts'
import {connect, resolveTarget, type Target} from '../profile/resolve-connection.ts'
import {tokenFileOf} from '../profile/token-store.ts'
import {checkAuthority, checkLeaf, checkTrust} from './certificates.ts'
import {type Check, type Checklist, checklist, ok, skipped} from './checklist.ts'
import {checkToken, checkVersions} from './credential.ts'
import {checkFiles} from './files.ts'
import {checkClock, checkServer} from './server.ts'

/** For one look at the network, in milliseconds. */
const PATIENCE = 5000

export interface Asked {
  env: Env
  profileFlag: string | undefined
  orgFlag: string | undefined
  version: string
  now: () => Date
}

/** Looks at everything between here and the server, from the near to the far. What fails keeps nothing else from being looked at. */
export async function diagnose(asked: Asked): Promise<Check[]> {
  const {env, profileFlag, orgFlag} = asked
  const list = checklist()
  const target = await list.check('settings', [], async () => {
    const found = await resolveTarget({env, profileFlag})
    const org = orgFlag ?? orgIn(env) ?? found.org ?? 'default'
    return {...ok(settingsOf(found, org, asked)), gives: {...found, org}}
  })
  await list.check('files', [], async () => {
    const kept = target?.from.token === 'file' && target.profile !== null
    return checkFiles(env, kept ? tokenFileOf(env, target.profile!, target.origin) : null)
  })
  // Where there is nowhere to go, this name is never looked up: every check below waits for the settings.
  await lookBeyond(list, target, asked)
  return list.checks
}

type Chosen = Target & {org: string}

async function lookBeyond(list: Checklist, target: Chosen | null, {env, version, now}: Asked): Promise<void> {
  const {check, passed} = list
  const url = new URL(target?.origin ?? 'https://localhost')
  const ca = target?.trust.ca ?? null
  const over = {ca, env, patience: PATIENCE}
  const secure = url.protocol === 'https:'

  const door = await check('proxy', ['settings'], async () => {
    const proxy = proxyUrlFor(url, env)
    if (proxy === null) return {...ok('none applies'), gives: url}
    return {...ok(`${proxy.host}, from the environment; the checks of dns and tcp are of it`), gives: proxy}
  })
  const host = (door ?? url).hostname.replace(/^\[|\]$/g, '')
  // What is looked at is the proxy, where there is one.
  const of = <T>(look: Promise<T>) =>
    look.catch((error: PosternError) => {
      if (door === url) throw error
      throw new PosternError(error.code, `${error.message} It is the proxy.`, {
        next: 'Check the proxy, or have none: HTTPS_PROXY, and NO_PROXY for what needs none.',
      })
    })
  await check('dns', ['proxy'], async () => {
    if (isIP(host) !== 0) return ok(`${host} is an address`)
    return ok(`${host} is ${(await of(addressesOf(host, PATIENCE))).join(', ')}`)
  })
  await check('tcp', ['dns'], async () => {
    const port = Number((door ?? url).port || ((door ?? url).protocol === 'https:' ? 443 : 80))
    return ok(`${await of(knock(host, port, PATIENCE))} port ${port} answers`)
  })
  const shown = await check('tls', ['tcp'], async () => {
    if (!secure) return ok('plain http, as this profile was made with')
    const seen = await handshake(url, over)
    const found = checkTrust({url, seen, ca, from: target!.from, now: now()})
    return {...found, gives: seen}
  })
  if (secure) {
    // A certificate that is not trusted has dates all the same, and they may be why.
    const needs = [shown === null ? ('tls' as const) : ('tcp' as const)]
    await check('certificate', needs, async () => checkLeaf(shown!, now()))
    await check('authority', needs, async () => checkAuthority(shown!, ca, now()))
  }
  const heard = await check('server', ['tls'], () =>
    checkServer(url.origin, over, now).catch((error: PosternError) => {
      throw secure ? error : new PosternError(error.code, error.message, {next: plainNext(url)})
    }),
  )
  await check('clock', [heard === null ? 'server' : 'tls'], async () => checkClock(heard!.ahead))
  const who = await check('token', ['settings'], async () => {
    const token = await target!.token()
    if (!passed('server')) return skipped('it is there, and was not tried: waits for: server')
    const connection = {...connect({origin: url.origin, token, ca, env}), timeout: PATIENCE}
    const found = await call(whoami, {params: {}}, connection).catch((error: PosternError) => {
      throw error.code === 'unauthenticated' ? refusedToken(target!) : error
    })
    return {...checkToken(found, target!.org, now()), gives: found}
  })
  await check('versions', ['token'], async () => checkVersions(version, who!.serverVersion))
}

const plainNext = ({host}: URL) => `https://${host}   (a Postern server speaks TLS; check the URL, and that it runs)`

function refusedToken({origin, profile, from}: Target): PosternError {
  const next = from.token.startsWith('POSTERN_')
    ? `Put a valid token where ${from.token} says${profile === null ? '' : ', or unset it to use the profile’s'}.`
    : `postern login ${origin}${profile === null ? '' : ` --profile ${profile}`}   (with a new token)`
  const what = `The server does not take the token (${from.token}): it was revoked, has expired, or is of another server.`
  return new PosternError('unauthenticated', what, {next})
}

/** What applies, and where it comes from: names, never a token. */
function settingsOf(
  {origin, profile, org: kept, from}: Target,
  org: string,
  {env, profileFlag, orgFlag}: Asked,
): string {
  const how = profileFlag !== undefined ? '--profile' : env.POSTERN_PROFILE ? 'POSTERN_PROFILE' : 'in use'
  const orgFrom =
    orgFlag !== undefined
      ? '--org'
      : env.POSTERN_ORG
        ? 'POSTERN_ORG'
        : kept === null
          ? 'none says'
          : `profile ${profile}`
  return [
    `${origin} (${from.url})`,
    profile === null ? 'no profile' : `profile ${profile} (${how})`,
    `CA: ${from.ca}`,
    `token: ${from.token}`,
    `org: ${org} (${orgFrom})`,
  ].join('; ')
}
