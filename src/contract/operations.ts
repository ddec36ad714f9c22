import type {Permission} from './permissions.ts'
import type {Surface} from './surfaces.ts'

/** How much an operation puts at stake; a policy rule may name one of these. */
export const sensitivities = ['plaintext', 'authority', 'dispatch'] as const
export type Sensitivity = (typeof sensitivities)[number]

export interface OperationEntry {
  category: string
  sensitivity: Sensitivity
  permission: Permission
  /** What it does, as a sentence's beginning. */
  label: string
  /** The CLI command that does the same; `{scope}`, `{key}`, `{environment}`, `{to}` and `{version}` stand for what was tried. */
  cli: readonly [string, ...string[]]
  /** The surfaces that offer it. Only what the dashboard offers can be locked there. */
  surfaces: readonly Surface[]
}

const both = ['cli', 'dashboard'] as const
const cliOnly = ['cli'] as const

/** The registry: every operation that changes something. */
export const operations = {
  'secrets.set': {
    category: 'secrets',
    sensitivity: 'plaintext',
    permission: 'secrets.write',
    label: 'Set a secret',
    cli: ['secret', 'set', '--scope', '{scope}', '{key}'],
    surfaces: both,
  },
  'secrets.declare': {
    category: 'secrets',
    sensitivity: 'dispatch',
    permission: 'secrets.write',
    label: 'Declare a secret without a value',
    cli: ['secret', 'declare', '--scope', '{scope}', '{key}'],
    surfaces: both,
  },
  'secrets.import': {
    category: 'secrets',
    sensitivity: 'authority',
    permission: 'secrets.write',
    label: 'Bring a file of secrets in',
    cli: ['secret', 'import', '--scope', '{scope}', '--file', '.env'],
    surfaces: cliOnly,
  },
  'secrets.copy': {
    category: 'secrets',
    sensitivity: 'authority',
    permission: 'secrets.grant',
    label: 'Copy secrets to another scope',
    cli: ['secret', 'copy', '{key}', '--scope', '{scope}', '--to', '{to}'],
    surfaces: cliOnly,
  },
  'secrets.move': {
    category: 'secrets',
    sensitivity: 'authority',
    permission: 'secrets.grant',
    label: 'Move secrets to another scope',
    cli: ['secret', 'move', '{key}', '--scope', '{scope}', '--to', '{to}'],
    surfaces: cliOnly,
  },
  'secrets.describe': {
    category: 'secrets',
    sensitivity: 'dispatch',
    permission: 'secrets.write',
    label: 'Change the facts about a secret',
    cli: ['secret', 'describe', '--scope', '{scope}', '{key}'],
    surfaces: both,
  },
  'secrets.delete': {
    category: 'secrets',
    sensitivity: 'authority',
    permission: 'secrets.delete',
    label: 'Delete a secret',
    cli: ['secret', 'delete', '--scope', '{scope}', '{key}'],
    surfaces: both,
  },
  'secrets.rollback': {
    category: 'secrets',
    sensitivity: 'authority',
    permission: 'secrets.write',
    label: 'Roll a secret back to an earlier version',
    cli: ['secret', 'rollback', '--scope', '{scope}', '{key}', '--to', '{version}'],
    surfaces: both,
  },
  'secrets.restore': {
    category: 'secrets',
    sensitivity: 'authority',
    permission: 'secrets.delete',
    label: 'Restore a deleted secret',
    cli: ['secret', 'restore', '--scope', '{scope}', '{key}'],
    surfaces: both,
  },
  'secrets.purge': {
    category: 'secrets',
    sensitivity: 'authority',
    permission: 'secrets.purge',
    label: 'End deleted secrets for good',
    cli: ['secret', 'purge', '--older-than', '90d'],
    surfaces: cliOnly,
  },
  'variables.set': {
    category: 'variables',
    sensitivity: 'plaintext',
    permission: 'variables.write',
    label: 'Set a variable',
    cli: ['variable', 'set', '--scope', '{scope}', '{key}'],
    surfaces: both,
  },
  'variables.delete': {
    category: 'variables',
    sensitivity: 'authority',
    permission: 'variables.delete',
    label: 'Delete a variable',
    cli: ['variable', 'delete', '--scope', '{scope}', '{key}'],
    surfaces: both,
  },
  'variables.rollback': {
    category: 'variables',
    sensitivity: 'authority',
    permission: 'variables.write',
    label: 'Roll a variable back to an earlier version',
    cli: ['variable', 'rollback', '--scope', '{scope}', '{key}', '--to', '{version}'],
    surfaces: both,
  },
  'variables.restore': {
    category: 'variables',
    sensitivity: 'authority',
    permission: 'variables.delete',
    label: 'Restore a deleted variable',
    cli: ['variable', 'restore', '--scope', '{scope}', '{key}'],
    surfaces: both,
  },
  'variables.purge': {
    category: 'variables',
    sensitivity: 'authority',
    permission: 'variables.purge',
    label: 'End deleted variables for good',
    cli: ['variable', 'purge', '--older-than', '90d'],
    surfaces: cliOnly,
  },
  'scopes.create': {
    category: 'scopes',
    sensitivity: 'dispatch',
    permission: 'scopes.write',
    label: 'Create a scope',
    cli: ['scope', 'create', '{scope}'],
    surfaces: both,
  },
  'scopes.rename': {
    category: 'scopes',
    sensitivity: 'authority',
    permission: 'secrets.grant',
    label: 'Rename a scope',
    cli: ['scope', 'rename', '{scope}', '{to}'],
    surfaces: both,
  },
  'scopes.delete': {
    category: 'scopes',
    sensitivity: 'authority',
    permission: 'scopes.delete',
    label: 'Delete a scope',
    cli: ['scope', 'delete', '{scope}'],
    surfaces: both,
  },
  'environments.create': {
    category: 'environments',
    sensitivity: 'authority',
    permission: 'environments.write',
    label: 'Create an environment',
    cli: ['environment', 'create', '{environment}'],
    surfaces: both,
  },
  'environments.rename': {
    category: 'environments',
    sensitivity: 'authority',
    permission: 'secrets.grant',
    label: 'Rename an environment',
    cli: ['environment', 'rename', '{environment}', '{to}'],
    surfaces: both,
  },
  'environments.delete': {
    category: 'environments',
    sensitivity: 'authority',
    permission: 'environments.write',
    label: 'Delete an environment',
    cli: ['environment', 'delete', '{environment}'],
    surfaces: both,
  },
  'environments.bind': {
    category: 'environments',
    sensitivity: 'authority',
    permission: 'secrets.grant',
    label: 'Feed an environment from scopes',
    cli: ['environment', 'bind', '{environment}', '--scope', '{scope}'],
    surfaces: both,
  },
  'environments.unbind': {
    category: 'environments',
    sensitivity: 'authority',
    permission: 'environments.write',
    label: 'End a binding',
    cli: ['environment', 'unbind', '{environment}', '--scope', '{scope}'],
    surfaces: both,
  },
  'environments.enter': {
    category: 'environments',
    sensitivity: 'authority',
    permission: 'environments.resolve',
    label: 'Make a workload credential of 15 minutes',
    cli: ['run', '--environment', '{environment}'],
    surfaces: cliOnly,
  },
  'orgs.limits': {
    category: 'orgs',
    sensitivity: 'authority',
    permission: 'orgs.write',
    label: 'Change the limits of an organization',
    cli: ['org', 'limits'],
    surfaces: cliOnly,
  },
  'policy.lock': {
    category: 'policy',
    sensitivity: 'authority',
    permission: 'policy.write',
    label: 'Lock operations on the dashboard',
    cli: ['policy', 'lock'],
    surfaces: cliOnly,
  },
  'policy.unlock': {
    category: 'policy',
    sensitivity: 'authority',
    permission: 'policy.write',
    label: 'Unlock operations on the dashboard',
    cli: ['policy', 'unlock'],
    surfaces: cliOnly,
  },
  'policy.reset': {
    category: 'policy',
    sensitivity: 'authority',
    permission: 'policy.write',
    label: 'Remove policy rules',
    cli: ['policy', 'reset'],
    surfaces: cliOnly,
  },
  'policy.apply': {
    category: 'policy',
    sensitivity: 'authority',
    permission: 'policy.write',
    label: 'Make the policy what a file says',
    cli: ['policy', 'apply', 'FILE'],
    surfaces: cliOnly,
  },
  'tokens.create': {
    category: 'tokens',
    sensitivity: 'authority',
    permission: 'tokens.write',
    label: 'Make a token',
    cli: ['token', 'create', 'NAME', '--role', 'ROLE'],
    surfaces: cliOnly,
  },
  'tokens.revoke': {
    category: 'tokens',
    sensitivity: 'authority',
    permission: 'tokens.write',
    label: 'Revoke a token',
    cli: ['token', 'revoke', 'NAME'],
    surfaces: cliOnly,
  },
  'tokens.rotate': {
    category: 'tokens',
    sensitivity: 'authority',
    permission: 'tokens.write',
    label: 'Give a token a new text',
    cli: ['token', 'rotate', 'NAME'],
    surfaces: cliOnly,
  },
  'sessions.revoke': {
    category: 'tokens',
    sensitivity: 'authority',
    permission: 'tokens.write',
    label: 'Sign a browser out',
    cli: ['session', 'revoke', '--token', 'NAME'],
    surfaces: cliOnly,
  },
  'roles.create': {
    category: 'roles',
    sensitivity: 'authority',
    permission: 'roles.write',
    label: 'Make a role',
    cli: ['role', 'create', 'NAME', '--permission', 'secrets.list'],
    surfaces: cliOnly,
  },
  'roles.delete': {
    category: 'roles',
    sensitivity: 'authority',
    permission: 'roles.write',
    label: 'Delete a role',
    cli: ['role', 'delete', 'NAME'],
    surfaces: cliOnly,
  },
  'audit.seal': {
    category: 'audit',
    sensitivity: 'authority',
    permission: 'audit.archive',
    label: 'Seal a part of the audit log',
    cli: ['audit', 'archive', '--before', 'TIME', '--out', 'PATH'],
    surfaces: cliOnly,
  },
  'audit.prune': {
    category: 'audit',
    sensitivity: 'authority',
    permission: 'audit.archive',
    label: 'Remove archived entries from the store',
    cli: ['audit', 'archive', '--before', 'TIME', '--out', 'PATH', '--prune'],
    surfaces: cliOnly,
  },
  'keys.rotate': {
    category: 'keys',
    sensitivity: 'authority',
    permission: 'keys.rotate',
    label: 'Replace the data key and re-encrypt',
    cli: ['server', 'rotate-key', '--data'],
    surfaces: cliOnly,
  },
  'orgs.create': {
    category: 'orgs',
    sensitivity: 'authority',
    permission: 'orgs.write',
    label: 'Create an organization',
    cli: ['org', 'create', 'NAME'],
    surfaces: cliOnly,
  },
  'orgs.delete': {
    category: 'orgs',
    sensitivity: 'authority',
    permission: 'orgs.write',
    label: 'Delete an organization',
    cli: ['org', 'delete', 'NAME'],
    surfaces: cliOnly,
  },
  'dashboard.open': {
    category: 'dashboard',
    sensitivity: 'authority',
    permission: 'dashboard.open',
    label: 'Make a one-time link to the dashboard',
    cli: ['dashboard', 'open'],
    surfaces: cliOnly,
  },
} as const satisfies Record<string, OperationEntry>

export type Operation = keyof typeof operations

/** The registry with its entries' type widened, for code that goes over all of them. */
export const registry: ReadonlyMap<string, OperationEntry> = new Map(Object.entries(operations))

export const categories: readonly string[] = [...new Set([...registry.values()].map((entry) => entry.category))]
