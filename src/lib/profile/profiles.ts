import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import * as z from 'zod/mini'
import {PosternError} from '../../client/error.ts'
import {type Env, makeFolder, settingsFolder} from './folder.ts'

const point = {sequence: z.number(), hash: z.string()}

/** Loose, so that what a newer version adds survives an older one. */
const profile = z.looseObject({
  /** The server's origin: the only place that the token goes to. */
  url: z.string(),
  /** The CA certificate (PEM) that alone is trusted for it; null: Node's own. */
  ca: z.nullable(z.string()),
  org: z.string(),
  tokenIn: z.enum(['keychain', 'file']),
  /** The name of the person who signed in; none: the token is no person's. */
  person: z.optional(z.string()),
  /** The key that signs the audit log's head, as it was at sign-in: SPKI, base64. */
  auditKey: z.string(),
  /** The last audit head seen, by organization; `pruned`: those seen before which are in archives that were not seen yet. */
  heads: z.record(z.string(), z.object({...point, pruned: z.optional(z.array(z.object(point)))})),
  /** The server's certificate that was verified last, against `ca`. */
  certificate: z.optional(z.object({origin: z.string(), sha256: z.string(), until: z.string()})),
})
const settings = z.looseObject({current: z.nullable(z.string()), profiles: z.record(z.string(), profile)})

/** A server that was signed in to. The token is not in it. */
export type Profile = z.infer<typeof profile>
type Settings = z.infer<typeof settings>

/** The profiles of this user, in one 0600 file. */
export interface Profiles {
  names(): string[]
  get(name: string): Profile | null
  /** The one in use; null: none. */
  current(): string | null
  /** `use`: it is the one in use from now on. */
  save(name: string, profile: Profile, options?: {use?: boolean}): Promise<void>
  /** Changes what the file has by now; a profile that is gone stays gone. */
  change(name: string, to: (profile: Profile) => Profile): Promise<void>
  use(name: string): Promise<void>
  /** Afterwards none is in use, if it was that one: another server is nobody's guess. */
  remove(name: string): Promise<void>
}

export const isProfileName = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text)
export const PROFILE_RULE = 'letters, digits, ".", "_" or "-", beginning with a letter or digit, at most 63 characters'

/**
 * Opens the profiles. Reading makes no file and no folder, so that a home which cannot be written is no hindrance.
 * @throws PosternError `failed` when the file cannot be read, or is not what Postern wrote.
 */
export function openProfiles(env: Env): Profiles {
  const folder = settingsFolder(env)
  const path = join(folder, 'profiles.json')
  const read = () => readSettings(path)
  let known = read()
  const update = async (change: (before: Settings) => Settings) => {
    known = read()
    if (change(known) === known) return
    // Imported here alone: it costs a third of bare Node's start, and most commands only read.
    const {default: Conf} = await import('conf')
    const {locked} = await import('./locked.ts')
    const readAndWrite = () => {
      const before = read()
      known = change(before)
      if (known === before) return
      const options = {cwd: folder, configName: 'profiles', configFileMode: 0o600, clearInvalidConfig: false}
      new Conf<Settings>(options).store = known
    }
    try {
      makeFolder(folder)
      // Read and written in one go, so that nothing of another process, or of this one, comes in between.
      await locked(`${path}.lock`, readAndWrite)
    } catch (error) {
      throw error instanceof PosternError ? error : unusable(error, path)
    }
  }
  return {
    names: () => Object.keys(known.profiles).sort(),
    get: (name) => (Object.hasOwn(known.profiles, name) ? known.profiles[name]! : null),
    current: () => known.current,
    save: (name, profile, {use = false} = {}) =>
      update((before) => ({
        ...before,
        current: use ? name : before.current,
        profiles: {...before.profiles, [name]: profile},
      })),
    change: (name, to) =>
      update((before) => {
        if (!Object.hasOwn(before.profiles, name)) return before
        return {...before, profiles: {...before.profiles, [name]: to(before.profiles[name]!)}}
      }),
    use: (name) => update((before) => ({...before, current: name})),
    remove: (name) =>
      update((before) => {
        const {[name]: _, ...profiles} = before.profiles
        return {...before, profiles, current: before.current === name ? null : before.current}
      }),
  }
}

function readSettings(path: string): Settings {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    // ENOTDIR: the home of a service account may be /dev/null.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return {current: null, profiles: {}}
    throw unusable(error, path)
  }
  try {
    const read = settings.safeParse(JSON.parse(text))
    if (read.success) return read.data
  } catch {
    // Said below, as for JSON of another form.
  }
  throw new PosternError('failed', `The settings in ${path} cannot be used: they are not what Postern wrote.`, {
    next: 'Mend or remove that file, and sign in again: postern login URL',
  })
}

function unusable(error: unknown, path: string): PosternError {
  const why = (error as NodeJS.ErrnoException).code ?? 'it cannot be written'
  return new PosternError('failed', `The settings in ${path} cannot be used: ${why}.`, {
    next: 'Check the folder’s owner and permissions, or give all by POSTERN_URL, POSTERN_TOKEN and POSTERN_CA_FILE.',
  })
}
