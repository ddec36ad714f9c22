import * as z from 'zod/mini'
import {read, write} from '../route.ts'

/** What may be known of the keys: never a key. */
export const keysState = z.object({
  /** The public id of the root key that wraps them. */
  rootKeyId: z.string(),
  /** Oldest first. The one that is not retired seals what is written. */
  dataKeys: z.array(
    z.object({
      id: z.number(),
      createdAt: z.string(),
      retiredAt: z.nullable(z.string()),
      /** How often it has sealed, as far as that is written: each server does so every few seconds. */
      sealed: z.number(),
    }),
  ),
  /** The newest re-encryption, of `total` versions, of which `remaining` are under an older key yet. */
  rotation: z.nullable(
    z.object({
      keyId: z.number(),
      total: z.number(),
      remaining: z.number(),
      startedAt: z.string(),
      finishedAt: z.nullable(z.string()),
    }),
  ),
})
export type KeysState = z.infer<typeof keysState>

export const keysShow = read('/orgs/:org/keys', {
  surfaces: ['cli', 'dashboard'],
  reach: 'organization',
  permission: 'keys.rotate',
  summary: 'Show the data keys and how far re-encryption is; the organization default only',
  reply: keysState,
})

export const keysRotate = write('POST', '/orgs/:org/keys/rotate', {
  surfaces: ['cli'],
  reach: 'organization',
  operation: 'keys.rotate',
  summary: 'Make a new data key and re-encrypt every value under it; the organization default only',
  reply: z.extend(keysState, {changed: z.boolean()}),
})
