import type {Generated} from 'kysely'
import type {ValueType} from '../../contract/value-type.ts'

/** Times are UTC ISO-8601 text; numbers are integers; truth is 0 or 1. */
export interface Schema {
  organizations: {
    id: Generated<number>
    name: string
    created_at: string
    deleted_at: string | null
    /** How many versions of a value are kept; null: all. */
    kept_versions: number | null
  }
  /** Keys that the root key wraps. */
  keys: {
    id: number
    purpose: KeyPurpose
    root_key_id: string
    wrapped: Uint8Array
    created_at: string
    /** How often a data key has sealed. */
    sealed_count: number
    retired_at: string | null
  }
  /** Re-encryption under the data key `key_id` of what older ones sealed: `total` versions, when it began, of which `done` are through. */
  rotations: {
    key_id: number
    total: number
    done: number
    started_at: string
    finished_at: string | null
  }
  /** Custom roles; `permissions` is a JSON array. */
  roles: {org_id: number; name: string; permissions: string; created_at: string; created_by: string}
  scopes: {org_id: number; path: string; created_at: string; created_by: string}
  tokens: TokenRow
  /** A secret or variable: its name, and what is true of its newest version. `length` null: it has no value. */
  entries: {
    id: Generated<number>
    org_id: number
    kind: 'secret' | 'variable'
    scope: string
    key: string
    version: number
    length: number | null
    equality: Uint8Array | null
    locked: number
    deleted_at: string | null
    /** When it was ended for good: the row stays for its number alone. */
    purged_at: string | null
    updated_at: string
    updated_by: string
    owner: string | null
    note: string | null
    expires_at: string | null
    rotate_days: number | null
    /** Where its versions begin since it was set or declared anew after a deletion; older ones are no longer its own. */
    first_version: Generated<number>
    /** Since when it has this name: readings of the name before that were of another. Null: of an older store. */
    named_at: Generated<string | null>
    /** When, and by whom, it was last read under the name that it had before a rename. */
    read_before_at: Generated<string | null>
    read_before_by: Generated<string | null>
  }
  entry_tags: {entry_id: number; name: string; value: string}
  versions: {
    entry_id: number
    version: number
    sealed: Uint8Array
    length: number
    created_at: string
    created_by: string
    /** What its bytes are; part of what the seal authenticates. */
    type: ValueType
  }
  /** What a version of type `reference` names, in its order: scope and key of a secret, or the id of its row. */
  value_references: {
    entry_id: number
    version: number
    position: number
    scope: string | null
    key: string | null
    target_id: number | null
    field: string | null
  }
  /** A deployment target that workloads name; `name` is a path, and what is above it lends it its bindings. */
  environments: {id: Generated<number>; org_id: number; name: string; created_at: string; created_by: string}
  /** What feeds an environment: a scope pattern, for hosts that a pattern fits; `keys` is a JSON array, null: all. */
  bindings: {
    id: Generated<number>
    environment_id: number
    scope: string
    host: string
    keys: string | null
    created_at: string
    created_by: string
  }
  policy_rules: {
    org_id: number
    selector_by: 'operation' | 'category' | 'sensitivity' | 'all'
    selector_name: string
    effect: 'cli-only' | 'enabled'
    reason: string | null
    created_at: string
    created_by: string
  }
  /** `idle_until`: null, it lives to its end, used or not. `surface`: null, it is a browser's, `cli`, a terminal's. */
  sessions: {
    id: Uint8Array
    token_id: number
    created_at: string
    expires_at: string
    idle_until: string | null
    surface: Generated<'cli' | null>
  }
  /** A workload's credential for minutes, of the token of a person. */
  workload_sessions: {
    id: Uint8Array
    token_id: number
    environment_id: number
    created_at: string
    expires_at: string
  }
  /** `challenge`: what a terminal must know beside (RFC 7636); null: a browser takes it as it is. */
  signin_links: {
    id: Uint8Array
    token_id: number
    created_at: string
    expires_at: string
    used_at: string | null
    challenge: Generated<string | null>
  }
  audit: {
    org_id: number
    sequence: number
    canonical: string
    hash: string
    at: string
    actor: string
    operation: string
    outcome: string
    /** What was disclosed: kind, scope and name, parted by blanks, or `list` and a list of `audit_names`; null for all other outcomes. */
    target: string | null
  }
  /** What a disclosure of many named, as `audit.target` names one; derived from the entries, which have the names too. */
  audit_names: {org_id: number; list: string; target: string}
  /** A closed part of a chain, with the signed head that closed it; `pruned_at`: its entries are in an archive alone. */
  audit_segments: {
    org_id: number
    first_sequence: number
    last_sequence: number
    /** The hash of the entry before the first. */
    previous: string
    hash: string
    at: string
    signature: string
    sealed_at: string
    pruned_at: string | null
  }
  audit_heads: {org_id: number; sequence: number; hash: string; at: string; signature: string}
  /** What was answered to a write, so that a repeat is answered the same. */
  requests: {org_id: number; actor: string; request_id: string; digest: Uint8Array; reply: string | null; at: string}
  /** Versions of the program that had the store, each since when. */
  programs: {version: string; first_at: string}
}

/** `authority`: the private certificate authority, key and certificate. */
export type KeyPurpose = 'data' | 'pepper' | 'equality' | 'audit' | 'sealing' | 'authority'

export interface TokenRow {
  id: Generated<number>
  org_id: number
  name: string
  hash: Uint8Array
  role: string
  created_at: string
  created_by: string
  expires_at: string | null
  revoked_at: string | null
  /** JSON array of scope patterns; null: bound to none. */
  scopes: string | null
  /** JSON array of CIDR blocks that it may come from; null: any. */
  cidrs: string | null
  last_used_at: string | null
  /** The environment that a workload's token is bound to; null: it is a person's or a script's. */
  environment_id: Generated<number | null>
  /** JSON object of what was said of the workload when the token was made. */
  claims: Generated<string | null>
  /** Who it is to the provider of single sign-on, as its issuer and the subject there; null: it is a token. */
  subject: Generated<string | null>
}
