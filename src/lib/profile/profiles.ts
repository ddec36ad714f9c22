import {mkdirSync} from 'node:fs'
import {PosternError} from '../../client/error.ts'
import type {ChainPoint} from '../../formats/audit-chain.ts'
import {type Env, settingsFolder} from './folder.ts'

/** A server that was signed in to. The token is not in it. */
export interface Profile {
  /** The server's origin: the only place that the token goes to. */
  url: string
  /** The CA certificate (PEM) that alone is trusted for it; null: the system's. */
  ca: string | null
  org: string
  tokenIn: 'keychain' | 'file'
  /** The key that signs the audit log's head, as it was at sign-in: SPKI, base64. */
  auditKey: string
  /** The last audit head seen, by organization. */
  heads: Record<string, ChainPoint>
}

/** The profiles of this user, in one 0600 file. */
export interface Profiles {
  names(): string[]
  get(name: string): Profile | null
  /** The one in use; null: none. */
  current(): string | null
  save(name: string, profile: Profile): void
  use(name: string): void
  remove(name: string): void
}

interface Settings extends Record<string, unknown> {
  current: string | null
  profiles: Record<string, Profile>
}

export const isProfileName = (text: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9._-]{0,62}$/.test(text)
export const PROFILE_RULE =
  'letters, digits, ".", "_" or "-", beginning with a letter, digit or "_", at most 63 characters'

/** Opens the profiles. @throws PosternError `failed` when the file cannot be read, or is not what Postern wrote. */
export async function openProfiles(env: Env): Promise<Profiles> {
  const cwd = settingsFolder(env)
  const {default: Conf} = await import('conf')
  let conf: InstanceType<typeof Conf<Settings>>
  try {
    conf = new Conf<Settings>({
      cwd,
      configName: 'profiles',
      configFileMode: 0o600,
      clearInvalidConfig: false,
      accessPropertiesByDotNotation: false,
    })
    if (typeof (conf.get('profiles') ?? {}) !== 'object') throw new SyntaxError('not profiles')
  } catch (error) {
    throw unusable(error, `${cwd}/profiles.json`)
  }
  const profiles = () => conf.get('profiles') ?? {}
  const write = (change: Partial<Settings>) => {
    try {
      mkdirSync(cwd, {recursive: true, mode: 0o700})
      conf.set(change)
    } catch (error) {
      throw unusable(error, `${cwd}/profiles.json`)
    }
  }
  return {
    names: () => Object.keys(profiles()).sort(),
    get: (name) => (Object.hasOwn(profiles(), name) ? profiles()[name]! : null),
    current: () => conf.get('current') ?? null,
    save: (name, profile) => write({profiles: {...profiles(), [name]: profile}}),
    use: (name) => write({current: name}),
    remove: (name) => {
      const {[name]: _, ...rest} = profiles()
      write({profiles: rest, ...(conf.get('current') === name ? {current: Object.keys(rest)[0] ?? null} : {})})
    },
  }
}

function unusable(error: unknown, path: string): PosternError {
  const code = (error as NodeJS.ErrnoException).code
  const why = error instanceof SyntaxError ? 'it is not what Postern wrote' : (code ?? 'it cannot be read')
  return new PosternError('failed', `The settings in ${path} cannot be used: ${why}.`, {
    next:
      error instanceof SyntaxError
        ? 'Mend or remove that file, and sign in again: postern login URL'
        : 'Check the folder’s owner and permissions.',
  })
}
