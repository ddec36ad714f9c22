import type {WireValue} from '../../contract/value.ts'
import type {Keyring} from '../keyring/keyring.ts'
import type {Kind} from './load.ts'

/** What is looked at of an input. */
export interface Sent {
  params: {org?: string; key?: string}
  query: {scope?: string} | undefined
  body: {value?: WireValue; items?: readonly {scope: string; key: string; value?: WireValue | undefined}[]} | undefined
}

/**
 * A write's input with what clients sealed opened, each value for the name that it is written to. It comes before the
 * gate, where nothing is awaited but the database; what does not open stays sealed, and the noun refuses it there, as
 * it does every other value, after permission and policy.
 */
export async function unseal<I extends Sent>(
  {openSealed}: Pick<Keyring, 'openSealed'>,
  org: string,
  kind: Kind,
  input: I,
): Promise<I> {
  const opened = async (scope: string, key: string, value: WireValue): Promise<WireValue> => {
    if (value.encoding !== 'hpke') return value
    const bytes = await openSealed({org, kind, scope, key}, value)
    if (bytes === null) return value
    const data = bytes.toString('base64')
    bytes.fill(0)
    return {encoding: 'base64', data}
  }
  const {params, query, body} = input
  if (body?.value !== undefined)
    return {...input, body: {...body, value: await opened(query?.scope ?? '', params.key ?? '', body.value)}}
  if (body?.items === undefined) return input
  const items = []
  // One after another: of ten thousand, others are answered in between.
  for (const item of body.items)
    items.push(item.value === undefined ? item : {...item, value: await opened(item.scope, item.key, item.value)})
  return {...input, body: {...body, items}}
}
