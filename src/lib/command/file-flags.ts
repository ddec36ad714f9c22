import {boolean, option, string} from '@oclif/core/flags'

/** A file of values. */
export const valueFileFlags = {
  file: string({helpValue: 'PATH', required: true, summary: 'The file: .env, JSON or YAML; - is stdin.'}),
  format: option({
    options: ['dotenv', 'json', 'yaml'] as const,
    summary: 'What the file is; else its name says it, or its first line.',
  })(),
  'allow-empty': boolean({summary: 'Accept empty values.'}),
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
