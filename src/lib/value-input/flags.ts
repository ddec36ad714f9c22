import {boolean, string} from '@oclif/core/flags'

const GROUP = 'VALUE'

/** The five ways to hand a value over, and what goes with them. `choose` checks how they combine. */
export const valueFlags = {
  prompt: boolean({helpGroup: GROUP, summary: 'Ask for the value without echo (the default on a terminal).'}),
  'from-stdin': boolean({helpGroup: GROUP, summary: 'Read the value from stdin (the default without a terminal).'}),
  'from-file': string({helpGroup: GROUP, helpValue: 'PATH', summary: 'Read the value from a file; - is stdin.'}),
  'from-env': string({helpGroup: GROUP, helpValue: 'VAR', summary: 'Take the value of an environment variable.'}),
  value: string({
    helpGroup: GROUP,
    helpValue: 'TEXT',
    summary: 'Take TEXT; it shows in the shell history and the process list.',
  }),
  'no-trim': boolean({helpGroup: GROUP, summary: 'Keep the one trailing newline that stdin and files else lose.'}),
  binary: boolean({helpGroup: GROUP, summary: 'Take any bytes, not only UTF-8, and trim nothing.'}),
  'allow-empty': boolean({helpGroup: GROUP, summary: 'Accept an empty value.'}),
  'confirm-fingerprint': string({
    helpGroup: GROUP,
    helpValue: 'HEX',
    summary: 'Write only if this is the SHA-256 of the value; else exit 7.',
  }),
}

/** The way to a value that nobody holds: secrets alone have it. */
export const generateFlags = {
  generate: string({
    helpGroup: GROUP,
    helpValue: 'FORM',
    summary: 'Make a random value that nobody holds: hex:32, base64:32, alnum:24 or uuid.',
  }),
  'show-once': boolean({
    helpGroup: GROUP,
    dependsOn: ['generate'],
    summary: 'Print what --generate made, this once, on a terminal alone.',
  }),
}

/** Those flags as parsed. */
export interface ValueFlags {
  prompt?: boolean
  'from-stdin'?: boolean
  'from-file'?: string | undefined
  'from-env'?: string | undefined
  value?: string | undefined
  generate?: string | undefined
  'show-once'?: boolean
  'no-trim'?: boolean
  binary?: boolean
  'allow-empty'?: boolean
  'confirm-fingerprint'?: string | undefined
}
