import {randomBytes} from 'node:crypto'

/** What a step may set in $GITHUB_ENV: a name, `<<` and a delimiter, the value, the delimiter. */
export function githubText(key: string, text: string): string {
  // Nobody who could choose the value can guess it, and so end the value early and set other names.
  const delimiter = `postern_${randomBytes(16).toString('hex')}`
  return `${key}<<${delimiter}\n${text}\n${delimiter}`
}

export function githubProblem(key: string, text: string): string | null {
  if (/^(?:GITHUB_|RUNNER_)/.test(key) || key === 'NODE_OPTIONS') return 'is a name that GitHub lets no step set'
  if (text.includes('\r')) return 'has a carriage return'
  return text.includes('\0') ? 'has a NUL' : null
}

/** The most bytes that GitHub takes for a secret or variable of its own. */
export const GITHUB_LIMIT = 48 * 1024

/** The commands that have a runner mask a text in its log, each line by itself, as logs are masked line by line. */
export const maskCommands = (text: string): string[] =>
  [...new Set(text.split('\n').filter((line) => line.trim() !== ''))].map(
    (line) => `::add-mask::${line.replaceAll('%', '%25').replaceAll('\r', '%0D')}`,
  )
