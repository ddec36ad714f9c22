import {MAX_CANDIDATES} from '../../contract/limits.ts'
import {fingerprint} from '../../formats/fingerprint.ts'
import {allItems} from '../command/all-pages.ts'
import type {Client} from '../command/base.ts'
import type {FileValue} from './read.ts'

/** What a file and a scope say of a key: `only-here` is in the scope alone. `version` 0: no value is stored. */
export interface Compared {
  key: string
  state: 'absent' | 'different' | 'same' | 'only-here'
  version: number
}

/**
 * Compares a file with a scope, on the server, which gets the SHA-256 of each value and no value: in the order of the file, then
 * what the scope alone has.
 */
export async function compareWith(client: Client, scope: string, values: readonly FileValue[]): Promise<Compared[]> {
  const params = {org: client.org}
  const compared: Compared[] = []
  for (let at = 0; at < values.length; at += MAX_CANDIDATES) {
    const items = values
      .slice(at, at + MAX_CANDIDATES)
      .map(({key, value}) => ({key, sha256: fingerprint(value.bytes())}))
    compared.push(...(await client.call('secretsDiff', {params, query: {scope}, body: {items}})).items)
  }
  return [...compared, ...(await onlyIn(client, scope, values))]
}

/** The names of a scope that a file does not have. */
export async function onlyIn(client: Client, scope: string, values: readonly FileValue[]): Promise<Compared[]> {
  const params = {org: client.org}
  const stored = await allItems((cursor) => client.call('secretsList', {params, query: {scope, limit: 1000, cursor}}))
  const inFile = new Set(values.map(({key}) => key))
  return stored.filter(({key}) => !inFile.has(key)).map(({key, version}) => ({key, state: 'only-here', version}))
}
