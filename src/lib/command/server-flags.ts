import {string} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'

/** Where a server's data is, and what opens it. */
export const dataFlags = {
  data: string({helpValue: 'DIR', summary: 'Data folder; by default postern in XDG_DATA_HOME, or ~/.local/share.'}),
  'root-key-file': string({
    helpValue: 'FILE',
    summary: 'Root key, 32 bytes in base64; by default root.key in the data folder.',
  }),
  'database-url': string({
    helpValue: 'URL',
    summary:
      'PostgreSQL database that has the store, instead of the data folder. With a password: POSTERN_DATABASE_URL.',
  }),
}

/** Of a command's flags, those that say where the store is, and what opens it. */
export const placeFlags = (flags: Partial<Record<keyof typeof dataFlags, string | undefined>>) => ({
  data: flags.data,
  'root-key-file': flags['root-key-file'],
  'database-url': flags['database-url'],
})

/** Where it listens, and under which names clients know it. */
export const addressFlags = {
  listen: string({helpValue: 'ADDR', summary: 'Address and port to listen on; by default 127.0.0.1:8443.'}),
  'public-url': string({
    helpValue: 'URL',
    multiple: true,
    multipleNonGreedy: true,
    summary: 'URL that clients use. Repeat for more; links name the first.',
  }),
}

export const tlsFlags = {
  'tls-cert': string({
    helpValue: 'FILE',
    summary: 'PEM certificate with its chain, instead of the private authority’s.',
  }),
  'tls-key': string({helpValue: 'FILE', summary: 'PEM key of --tls-cert.'}),
}

/** What a server's start failed with, as the error that commands raise. Told by its name: its class is the server's own. */
export function startProblem(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'StartError') return error
  const {code, next} = error as Error & {code: 'failed' | 'usage'; next?: string}
  return new PosternError(code, error.message, {...(next && {next})})
}

/** A path as one would type it in a shell. */
export const quoted = (path: string): string =>
  /^[\w./~+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
