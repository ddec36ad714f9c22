import {readFileSync, writeFileSync} from 'node:fs'
import {PosternError} from '../../client/error.ts'

/** A declaration file that adds keys to `postern/sdk`. */
export const declarationOf = (keys: readonly string[]): string =>
  [
    '// Written by `postern types`: names of secrets, no value.',
    "import 'postern/sdk'",
    '',
    "declare module 'postern/sdk' {",
    '  interface PosternSecrets {',
    ...[...new Set(keys)].sort().map((key) => `    ${key}: string`),
    '  }',
    '}',
    '',
  ].join('\n')

/** What a file holds; null: it is not there. */
export function textAt(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** @throws PosternError `failed`. */
export function writeText(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (error) {
    throw new PosternError(
      'failed',
      `The file cannot be written (${(error as NodeJS.ErrnoException).code ?? 'failed'}).`,
    )
  }
}
