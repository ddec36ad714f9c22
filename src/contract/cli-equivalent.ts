import type {OperationEntry} from './operations.ts'

interface Tried {
  org?: string
  scope?: string
  key?: string
  environment?: string
  to?: string
  version?: number
}

/** The CLI command for what was tried, as one would type it. A pattern of scopes is quoted; names are safe in every shell. */
export function cliEquivalent(entry: OperationEntry, tried: Tried): string {
  const meant: Record<string, string> = {
    '{scope}': tried.scope ?? 'SCOPE',
    '{key}': tried.key ?? 'KEY',
    '{environment}': tried.environment ?? 'ENV',
    '{to}': tried.to ?? 'TO',
    '{version}': String(tried.version ?? 'N'),
  }
  const words = entry.cli.map((word) => quoted(meant[word] ?? word))
  const org = tried.org !== undefined && tried.org !== 'default' ? ['--org', tried.org] : []
  const plain = entry.cli.findIndex((word) => /^[-{]/.test(word))
  const named = plain === -1 ? words.length : plain
  return ['postern', ...words.slice(0, named), ...org, ...words.slice(named)].join(' ')
}

const quoted = (word: string) => (/^[\w./@:+-]+$/.test(word) ? word : `'${word}'`)
