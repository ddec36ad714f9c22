import * as z from 'zod/mini'
import {read, write} from '../route.ts'

export const whoami = read('/whoami', {
  surfaces: ['cli', 'dashboard'],
  reach: 'any',
  permission: 'any',
  summary: 'Show who the credential is and what it may do',
  reply: z.object({
    actor: z.object({kind: z.string(), id: z.string(), name: z.string()}),
    surface: z.enum(['cli', 'dashboard']),
    org: z.string(),
    role: z.string(),
    /** What the role allows, within what the credential is bound to. */
    permissions: z.array(z.string()),
    /** The scope patterns that the credential is bound to; null: the whole organization. */
    scopes: z.nullable(z.array(z.string())),
    /** The CIDR blocks that it may come from; null: anywhere. */
    cidrs: z.nullable(z.array(z.string())),
    expiresAt: z.nullable(z.string()),
    serverVersion: z.string(),
    /** The key that signs the audit log's head: Ed25519, SPKI, base64. */
    auditKey: z.string(),
    /** On the dashboard: what unsafe methods must send as `X-CSRF-Token`. */
    csrfToken: z.optional(z.string()),
  }),
})

export const sealingKey = read('/sealing-key', {
  surfaces: ['cli', 'dashboard'],
  reach: 'any',
  permission: 'any',
  summary: 'Show the key that values can be sealed to, signed by the key of the audit log',
  reply: z.object({
    keyId: z.string(),
    suite: z.string(),
    /** X25519: 32 bytes, base64. */
    publicKey: z.string(),
    /** By the audit log's key, base64: docs/formats/sealed-wire-value.md. */
    signature: z.string(),
  }),
})

export const dashboardOpen = write('POST', '/orgs/:org/dashboard/links', {
  surfaces: ['cli'],
  reach: 'any',
  operation: 'dashboard.open',
  summary: 'Make a one-time link that signs in to the dashboard',
  oneTimeReply: true,
  reply: z.object({url: z.string(), expiresAt: z.string()}),
})
