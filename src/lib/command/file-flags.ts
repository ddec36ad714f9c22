import {boolean, option, string} from '@oclif/core/flags'
import {isScope, SCOPE_RULE} from '../../contract/name-rules.ts'
import {ruled} from './flags.ts'

/** A file of values. */
export const valueFileFlags = {
  file: string({helpValue: 'PATH', required: true, summary: 'The file: .env, JSON or YAML; - is stdin.'}),
  format: option({
    options: ['dotenv', 'json', 'yaml'] as const,
    summary: 'What the file is; else its name says it, or its first line.',
  })(),
  'allow-empty': boolean({summary: 'Accept empty values.'}),
}

/** What is written out, in the place of a scope. */
export const exportedFlag = {
  environment: string({
    char: 'e',
    helpValue: 'ENV',
    summary: 'All that this environment gives a workload of which nothing is said.',
    exclusive: ['scope'],
    parse: ruled('--environment', isScope, SCOPE_RULE),
  }),
}

/** What a file is written as. */
export const exportFormatFlag = {
  format: option({
    options: ['dotenv', 'json', 'yaml', 'shell', 'docker', 'github'] as const,
    default: 'dotenv' as const,
    summary: 'What the file is.',
  })(),
}

export const revealFlag = {
  reveal: boolean({summary: 'Reveal values without being asked.'}),
}
