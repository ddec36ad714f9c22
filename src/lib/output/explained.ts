import type {Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {table} from './table.ts'

type Explained = Reply<Routes['environmentsExplain']>
type Giver = Explained['items'][number]['shadows'][number]

/** A binding in one word or two. */
const bindingOf = ({binding: {environment, scope, host}}: Giver): string =>
  `${environment}: ${scope}${host === '**' ? '' : ` for ${host}`}`

const why: Record<Explained['idle'][number]['why'], string> = {
  host: 'it is for other hosts',
  claim: 'what it is filled with was not said of the workload, or is no single segment',
  empty: 'there is nothing in its scopes',
}

/** The keys as a table, and what is said beside it: names without a value, and bindings that give nothing. */
export async function explained(
  {items, missing, idle}: Explained,
  terminal: boolean,
): Promise<{result: string; notes: string[]}> {
  const rows = items.map(({key, shadows, ...giver}) => [
    key,
    giver.kind,
    giver.scope,
    String(giver.version),
    bindingOf(giver),
    shadows.map(({scope, ...one}) => `${scope} (${bindingOf({scope, ...one})})`).join(', '),
  ])
  return {
    result: rows.length === 0 ? '' : await table(['key', 'kind', 'scope', 'version', 'by', 'shadows'], rows, terminal),
    notes: [
      ...missing.map(({key, scope}) => `${key} is declared in ${scope}, and has no value.`),
      ...idle.map(
        (one) =>
          `The binding of ${one.environment} to ${one.scope}${one.host === '**' ? '' : ` for ${one.host}`} gives nothing: ${why[one.why]}.`,
      ),
    ],
  }
}
