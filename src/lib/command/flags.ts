import {string as stringArg} from '@oclif/core/args'
import {boolean, custom, string} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {isKey, isOrg, isScope, KEY_RULE, ORG_RULE, SCOPE_RULE} from '../../contract/name-rules.ts'
import {isScopePattern, SCOPE_PATTERN_RULE} from '../../contract/scope-pattern.ts'

/** A text that must hold to a rule; one that does not is named by its flag alone. */
export const ruled = (name: string, isRight: (text: string) => boolean, rule: string) => async (text: string) => {
  if (isRight(text)) return text
  throw new PosternError('usage', `${name} is not right: it is ${rule}.`)
}

const whole = (name: string) => async (text: string) => {
  if (/^(0|[1-9]\d{0,14})$/.test(text)) return Number(text)
  throw new PosternError('usage', `${name} takes a whole number from 0 up.`)
}

export const orgFlag = {
  org: string({
    helpValue: 'ORG',
    summary: 'Organization; else POSTERN_ORG, else the profile’s, else "default".',
    parse: ruled('--org', isOrg, ORG_RULE),
  }),
}

const scope = {
  char: 's',
  helpValue: 'SCOPE',
  summary: 'Scope, as in production or my-saas/prod.',
  parse: ruled('--scope', isScope, SCOPE_RULE),
} as const

/** For commands that act within one scope. */
export const scopeFlags = {
  ...orgFlag,
  scope: string({
    ...scope,
    required: true,
    noCacheDefault: true,
    default: async () => (await import('../project/scope-here.ts')).scopeHere(),
  }),
}

/** Where something goes. */
export const toScopeFlag = {
  to: string({
    helpValue: 'SCOPE',
    required: true,
    summary: 'The scope that it comes to.',
    parse: ruled('--to', isScope, SCOPE_RULE),
  }),
}

/** For lists, which a scope may narrow. */
export const optionalScopeFlags = {...orgFlag, scope: string(scope)}

export const dryRunFlag = {
  'dry-run': boolean({summary: 'Say what would be done, and do nothing.'}),
}

export const sealFlag = {
  seal: boolean({
    summary: 'Seal values to the server’s key first, so that a proxy which ends TLS in between cannot read it.',
  }),
}

export const yesFlag = {
  yes: boolean({char: 'y', summary: 'Go ahead without being asked.'}),
}

export const expectVersionFlag = {
  'expect-version': custom<number>({
    helpValue: 'N',
    summary: 'Fail with exit 6 unless N is the version that is stored; 0: it must not exist.',
    parse: whole('--expect-version'),
  })(),
}

/** The KEY. Without `ignoreStdin`, oclif would take what is piped in for it. */
const key = {
  ignoreStdin: true,
  description: 'Name of the secret or variable inside its scope.',
  parse: ruled('KEY', isKey, `${KEY_RULE}; a value is never typed with it`),
} as const
export const keyArg = stringArg({...key, required: true})

/** One or several of them. */
export const keysArg = {key: stringArg({...key, required: true, multiple: true})}

/** Where something else may stand for it; the command checks. */
export const optionalKeyArg = stringArg(key)

const scopePath = {required: true, ignoreStdin: true} as const
export const scopeArg = stringArg({
  ...scopePath,
  description: 'The scope, as in my-saas/prod.',
  parse: ruled('SCOPE', isScope, SCOPE_RULE),
})
export const newScopeArg = stringArg({
  ...scopePath,
  description: 'Its new name.',
  parse: ruled('TO', isScope, SCOPE_RULE),
})

export const otherScopeArg = stringArg({
  ...scopePath,
  description: 'The scope to hold it against.',
  parse: ruled('OTHER', isScope, SCOPE_RULE),
})

export const followFlag = {
  follow: boolean({char: 'f', summary: 'Go on showing what comes, until Ctrl-C.'}),
}

/** The name of a token or a role. */
export const nameArg = (what: string) =>
  stringArg({
    ignoreStdin: true,
    required: true,
    description: `Name of ${what}.`,
    parse: ruled('NAME', isOrg, ORG_RULE),
  })

export const roleFlag = {
  role: string({
    helpValue: 'ROLE',
    summary:
      'owner, admin, writer, auditor, or a role of your own; a token that is bound to an environment has its own.',
    parse: ruled('--role', isOrg, ORG_RULE),
  }),
}

/** Scopes that something is bound to. */
export const patternFlag = {
  scope: string({
    char: 's',
    helpValue: 'PATTERN',
    multiple: true,
    multipleNonGreedy: true,
    summary: "Bind it to these scopes, as in 'production/**'. Repeat for more; by default to none, so to all.",
    parse: ruled('--scope', isScopePattern, SCOPE_PATTERN_RULE),
  }),
}
