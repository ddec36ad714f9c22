import {string as stringArg} from '@oclif/core/args'
import {string} from '@oclif/core/flags'

/** A flag that may be given again. */
const repeated = {multiple: true, multipleNonGreedy: true} as const

/** Whom a backup is encrypted to. */
export const keeperFlags = {
  recipient: string({
    ...repeated,
    char: 'r',
    exclusive: ['check'],
    helpValue: 'AGE',
    summary: 'Encrypt to this age recipient, age1…. Repeat for more.',
  }),
  'recipients-file': string({
    ...repeated,
    char: 'R',
    exclusive: ['check'],
    helpValue: 'FILE',
    summary: 'Encrypt to the recipients in a file, one a line.',
  }),
}

/** A passphrase in place of these flags of the same command: the usage line shows them together, so all have to be there. */
export const passphraseFlag = (...exclusive: string[]) => ({
  'passphrase-file': string({
    helpValue: 'FILE',
    exclusive,
    summary: 'A passphrase, the one line of a file; by default it is asked for.',
  }),
})

/** What opens a backup. */
export const openerFlags = {
  identity: string({
    ...repeated,
    char: 'i',
    helpValue: 'FILE',
    summary: 'Decrypt with the age identities in a file. Repeat for more.',
  }),
}

export const backupArg = stringArg({
  required: true,
  ignoreStdin: true,
  description: 'The backup; "-" for a pipe.',
})
