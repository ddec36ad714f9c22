import type {ResolvedItem} from '../../../src/client/workload.ts'
import {SecretValue} from '../../../src/formats/secret-value.ts'

/** What an environment gives, from keys and values. */
export const items = (values: Record<string, string | Uint8Array> | [string, string | Uint8Array][]): ResolvedItem[] =>
  (Array.isArray(values) ? values : Object.entries(values)).map(([key, value], index) => ({
    id: index + 1,
    key,
    scope: 'production',
    version: 1,
    kind: 'secret',
    type: 'string',
    value: new SecretValue(Buffer.from(value)),
  }))
