import {PosternError} from '../../client/error.ts'
import {canAsk, confirm} from '../command/confirm.ts'
import type {World} from '../command/world.ts'
import {readCa} from './ca-file.ts'
import {openProfiles} from './profiles.ts'
import {type Authority, authorityOf} from './server-authority.ts'

/** How the server is known to be the right one; `asking`: by nothing yet but what it shows. */
export type Trust = {by: 'ca-file'; path: string} | {by: 'fingerprint'; hex: string} | {by: 'system'} | {by: 'asking'}

/**
 * The CA to pin for `origin`; null: Node's certificates vouch for it. Where nothing else does, the user is shown the CA's
 * fingerprint and asked, on a terminal. No token is involved yet.
 * @throws PosternError `untrusted`, `unreachable`, `usage`.
 */
export async function trustedCa(origin: string, trust: Trust, name: string, world: World): Promise<string | null> {
  if (new URL(origin).protocol === 'http:') return null
  if (trust.by === 'ca-file') return readCa(trust.path, '--ca-file')
  const authority = await authorityOf(origin, world.env)
  if (trust.by === 'fingerprint') {
    if (authority.fingerprint === trust.hex) return authority.ca
    throw untrusted(
      `${origin} shows another CA than the one whose fingerprint was given.`,
      'Compare with the fingerprint that the server printed when it started.',
    )
  }
  if (authority.systemTrusts) return null
  if (trust.by === 'system')
    throw untrusted(
      `${origin} is not vouched for by the certificates that are trusted here.`,
      `postern login ${origin} --ca-file PATH`,
    )
  await ask(origin, authority, name, world)
  return authority.ca
}

async function ask(origin: string, {ca, fingerprint}: Authority, name: string, world: World): Promise<void> {
  if (!canAsk(world))
    throw untrusted(
      `${origin} shows a CA that is not known here, and there is no terminal to ask on.`,
      `postern login ${origin} --ca-fingerprint HEX   (the server prints it when it starts)`,
    )
  const pinned = openProfiles(world.env).get(name)
  const other = pinned !== null && pinned.url === origin && pinned.ca !== null && pinned.ca !== ca
  if (other)
    world.stderr.write(`Warning: this is not the certificate authority that profile ${name} trusted until now.\n`)
  world.stderr.write(`${origin} shows the certificate authority with this SHA-256 fingerprint:\n  ${fingerprint}\n`)
  await confirm('Is it the fingerprint that the server printed?', world)
}

const untrusted = (what: string, next: string) => new PosternError('untrusted', `${what} No token was sent.`, {next})
