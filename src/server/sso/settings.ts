import {readFile} from 'node:fs/promises'
import {isOrg} from '../../contract/name-rules.ts'
import {StartError, systemCode} from '../start-error.ts'

/** The provider of single sign-on (OpenID Connect), and what its groups are here. */
export interface SsoSettings {
  issuer: string
  clientId: string
  /** The file with the client's secret; null: a public client. */
  clientSecretFile: string | null
  /** What is asked of the provider. */
  scope: string
  /** The claim that lists a person's groups. */
  groupsClaim: string
  /** Which role a group has, the first that fits first. */
  roles: readonly {group: string; role: string}[]
}

export interface SsoAsked {
  issuer: string | undefined
  clientId: string | undefined
  clientSecretFile: string | undefined
  scope: string | undefined
  groupsClaim: string | undefined
  /** `GROUP=ROLE`. */
  roles: readonly string[] | undefined
}

/** Null: nothing is said of it, and there is none. @throws StartError `usage`. */
export function readSso(asked: SsoAsked): SsoSettings | null {
  const {issuer, clientId, clientSecretFile, scope, groupsClaim, roles} = asked
  if (Object.values(asked).every((one) => one === undefined)) return null
  if (issuer === undefined || clientId === undefined || roles === undefined || roles.length === 0)
    throw usage(
      'Single sign-on takes --oidc-issuer, --oidc-client-id and --oidc-role.',
      '--oidc-issuer https://id.example.com --oidc-client-id postern --oidc-role platform=admin',
    )
  return {
    issuer: issuerOf(issuer),
    clientId,
    clientSecretFile: clientSecretFile ?? null,
    scope: scopeOf(scope ?? 'openid profile email'),
    groupsClaim: groupsClaim ?? 'groups',
    roles: roles.map(roleOf),
  }
}

/** The client's secret, as its file has it now. */
export const readSecret = async (file: string): Promise<string> => (await readFile(file, 'utf8')).trim()

/** @throws StartError when the client's secret cannot be read, which the first sign-in would find. */
export async function checkSecret({clientSecretFile: file}: Pick<SsoSettings, 'clientSecretFile'>): Promise<void> {
  if (file === null) return
  const next = 'check --oidc-client-secret-file (POSTERN_OIDC_CLIENT_SECRET_FILE)'
  const secret = await readSecret(file).catch((error: unknown) => {
    throw new StartError(`The client’s secret ${file} cannot be read (${systemCode(error)}).`, {next})
  })
  if (secret === '') throw new StartError(`The file ${file} holds no client’s secret.`, {next})
}

/** In clear only where nobody is in between. */
function issuerOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const clear = url?.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  if (
    url === null ||
    (url.protocol !== 'https:' && !clear) ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== ''
  )
    throw usage('--oidc-issuer takes the https:// URL of the provider.', '--oidc-issuer https://id.example.com')
  return text
}

function scopeOf(text: string): string {
  if (!text.split(' ').includes('openid'))
    throw usage('--oidc-scope must have openid.', "--oidc-scope 'openid profile'")
  return text
}

/** A group may have any name; a role has none with `=`. */
function roleOf(text: string): {group: string; role: string} {
  const at = text.lastIndexOf('=')
  const [group, role] = [text.slice(0, at), text.slice(at + 1)]
  if (at < 1 || !isOrg(role)) throw usage('--oidc-role takes GROUP=ROLE.', '--oidc-role platform=admin')
  return {group, role}
}

const usage = (message: string, next: string) => new StartError(message, {code: 'usage', next})
