import {boolean, string} from '@oclif/core/flags'

const GROUP = 'KIND'
const several = {multiple: true, multipleNonGreedy: true, helpGroup: GROUP} as const

/** What a secret is besides a text: how `secret set` says it. `chooseKind` checks how they combine. */
export const kindFlags = {
  'field-stdin': string({
    ...several,
    helpValue: 'NAME',
    summary: 'Read this field from stdin. Fields make a secret of several.',
  }),
  'field-file': string({...several, helpValue: 'NAME=PATH', summary: 'Read this field from a file. Repeat for more.'}),
  'field-env': string({
    ...several,
    helpValue: 'NAME=VAR',
    summary: 'Take this field from an environment variable. Repeat for more.',
  }),
  'field-prompt': string({...several, helpValue: 'NAME', summary: 'Ask for this field without echo. Repeat for more.'}),
  template: string({
    helpGroup: GROUP,
    options: ['login', 'api-key', 'oauth'],
    summary: 'Ask for the fields of such a secret that no other flag gives.',
  }),
  totp: boolean({
    helpGroup: GROUP,
    summary: 'It makes codes: an otpauth:// URI, or its secret in base32. Readers get the code.',
  }),
  file: boolean({helpGroup: GROUP, summary: 'Its bytes want to be a file: any, and nothing is trimmed.'}),
  reference: string({
    helpGroup: GROUP,
    helpValue: 'TEXT',
    summary: 'It is made of other secrets, which this text names.',
    description:
      "'${secret.SCOPE/KEY}', '${secret.SCOPE/KEY.FIELD}' and '${secret.id:N}' name one, with any text around them.",
  }),
}

/** Those flags as parsed. */
export interface KindFlags {
  'field-stdin'?: string[] | undefined
  'field-file'?: string[] | undefined
  'field-env'?: string[] | undefined
  'field-prompt'?: string[] | undefined
  template?: string | undefined
  totp?: boolean
  file?: boolean
  reference?: string | undefined
}
