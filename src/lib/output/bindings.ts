import {table} from './table.ts'

interface Binding {
  environment?: string
  scope: string
  host: string
  keys: readonly string[] | null
}

/** What a binding is, in a sentence's part. */
export const bindingText = ({scope, host, keys}: Binding): string =>
  [
    keys === null ? `all of ${scope}` : `${keys.join(', ')} of ${scope}`,
    ...(host === '**' ? [] : [`for hosts ${host}`]),
  ].join(' ')

/** Bindings, and which environment has each. */
export const bindingTable = (
  bindings: readonly (Binding & {environment: string; createdAt: string; createdBy: string})[],
  terminal: boolean,
) =>
  table(
    ['of', 'scope', 'hosts', 'keys', 'created', 'by'],
    bindings.map((one) => [
      one.environment,
      one.scope,
      one.host,
      one.keys?.join(' ') ?? 'all',
      one.createdAt,
      one.createdBy,
    ]),
    terminal,
  )
