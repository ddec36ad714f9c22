import {string as stringArg} from '@oclif/core/args'
import {string} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {
  BINDING_PATTERN_RULE,
  HOST_RULE,
  HOSTS_RULE,
  isBindingPattern,
  isHost,
  isHosts,
  labelPattern,
} from '../../contract/binding-pattern.ts'
import {MAX_LABEL} from '../../contract/limits.ts'
import {isKey, isNote, isScope, KEY_RULE, SCOPE_RULE} from '../../contract/name-rules.ts'
import {ruled} from './flags.ts'

const path = {required: true, ignoreStdin: true} as const

export const environmentArg = stringArg({
  ...path,
  description: 'The environment, as in production or my-saas/prod.',
  parse: ruled('ENV', isScope, SCOPE_RULE),
})

export const newEnvironmentArg = stringArg({
  ...path,
  description: 'Its new name.',
  parse: ruled('TO', isScope, SCOPE_RULE),
})

/** The environment, where the command is about something else. */
export const environmentFlag = {
  environment: string({
    helpValue: 'ENV',
    summary: 'Bind it to an environment, of whose values it is a reader: a token for a workload.',
    parse: ruled('--environment', isScope, SCOPE_RULE),
  }),
}

/** A binding's place: scopes and hosts. */
export const bindingFlags = {
  scope: string({
    char: 's',
    helpValue: 'PATTERN',
    required: true,
    summary: "The scopes, as in 'aws/prod/**'.",
    description: 'Each segment may be ${agentId}, ${host} or ${label:NAME}, which the credential of a workload fills.',
    parse: ruled('--scope', isBindingPattern, BINDING_PATTERN_RULE),
  }),
  host: string({
    helpValue: 'HOSTS',
    summary: "The hosts that it is for: web-1, 'web-*', '/web-[0-9]+/'. By default '**', for all.",
    parse: ruled('--host', isHosts, HOSTS_RULE),
  }),
}

export const boundKeysFlag = {
  key: string({
    char: 'k',
    helpValue: 'KEY',
    multiple: true,
    multipleNonGreedy: true,
    summary: 'Give this key alone. Repeat for more; by default every key of the scopes.',
    parse: ruled('--key', isKey, KEY_RULE),
  }),
}

const LABEL_RULE = `NAME=TEXT or NAME:TEXT; a name is letters, digits, ".", "_" and "-", a text at most ${MAX_LABEL} characters`

/** What is said of a workload. */
export const claimFlags = {
  host: string({
    helpValue: 'HOST',
    summary: 'The host that it runs on, as in web-1.example.com.',
    parse: ruled('--host', isHost, HOST_RULE),
  }),
  label: string({
    helpValue: 'NAME=TEXT',
    multiple: true,
    multipleNonGreedy: true,
    summary: 'A label of it, which bindings may name. Repeat for more.',
    parse: ruled('--label', (text) => partsOf(text) !== null, LABEL_RULE),
  }),
}

/** Name and text of a label; null: it is none. */
function partsOf(label: string): [string, string] | null {
  const [, name = '', text = ''] = /^([^=:]*)[=:](.*)$/s.exec(label) ?? []
  return labelPattern.test(name) && text.length <= MAX_LABEL && isNote(text) ? [name, text] : null
}

/** Labels by name. @throws PosternError `usage` for one that is given twice. */
export function labelsOf(given: readonly string[] | undefined): Record<string, string> | undefined {
  if (given === undefined) return undefined
  const labels = Object.fromEntries(given.map((label) => partsOf(label)!))
  if (Object.keys(labels).length < given.length) throw new PosternError('usage', 'A label is given twice.')
  return labels
}
