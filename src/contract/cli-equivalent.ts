import type {OperationEntry} from './operations.ts'

interface Tried {
  org?: string
  scope?: string
  key?: string
  to?: string
  version?: number
}

/** The CLI command for what was tried, as one would type it. Names are safe in every shell, so nothing is quoted. */
export function cliEquivalent(entry: OperationEntry, tried: Tried): string {
  const named: Record<string, string> = {
    '{scope}': tried.scope ?? 'SCOPE',
    '{key}': tried.key ?? 'KEY',
    '{to}': tried.to ?? 'TO',
    '{version}': String(tried.version ?? 'N'),
  }
  const words = entry.cli.map((word) => named[word] ?? word)
  const org = tried.org !== undefined && tried.org !== 'default' ? ['--org', tried.org] : []
  return ['postern', ...words.slice(0, 2), ...org, ...words.slice(2)].join(' ')
}
