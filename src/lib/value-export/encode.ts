import {type Buffer, isUtf8} from 'node:buffer'
import {dockerProblem, dockerText} from './docker.ts'
import {dotenvText} from './dotenv.ts'
import {githubProblem, githubText} from './github.ts'

export const exportFormats = ['dotenv', 'json', 'yaml', 'shell', 'docker', 'github'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** A secret on its way out. */
export interface Leaving {
  key: string
  bytes: Buffer
}

/** A key that a format cannot hold, and why. */
export interface Unfit {
  key: string
  why: string
}

interface Encoder {
  /** Why it cannot hold this; null: it can. */
  problem: (key: string, text: string) => string | null
  file: (items: readonly {key: string; text: string}[]) => string | Promise<string>
}

const noNul = (_: string, text: string) => (text.includes('\0') ? 'has a NUL' : null)
const lines = (line: (key: string, text: string) => string) => (items: readonly {key: string; text: string}[]) =>
  items.map(({key, text}) => `${line(key, text)}\n`).join('')

const encoders: Record<ExportFormat, Encoder> = {
  dotenv: {
    problem: (key, text) => (dotenvText(key, text) === null ? 'holds what no quotes of a .env hold' : null),
    file: lines((key, text) => dotenvText(key, text)!),
  },
  json: {
    problem: () => null,
    file: (items) => `${JSON.stringify(Object.fromEntries(items.map(({key, text}) => [key, text])), null, 2)}\n`,
  },
  yaml: {
    problem: () => null,
    file: async (items) => {
      const {stringify} = await import('../command/yaml.ts')
      const object = Object.fromEntries(items.map(({key, text}) => [key, text]))
      return stringify(object, {lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN'})
    },
  },
  // POSIX.1-2024, Shell Command Language, 2.2.2: within single quotes, every character but the quote is itself.
  shell: {problem: noNul, file: lines((key, text) => `export ${key}='${text.replaceAll("'", "'\\''")}'`)},
  docker: {problem: dockerProblem, file: lines(dockerText)},
  github: {problem: githubProblem, file: lines(githubText)},
}

/** The text of a file, or the keys that its format cannot hold. What it says is read back as the same bytes. */
export async function encode(
  format: ExportFormat,
  items: readonly Leaving[],
): Promise<{text: string; unfit?: undefined} | {text?: undefined; unfit: Unfit[]}> {
  const {problem, file} = encoders[format]
  const texts = items.map(({key, bytes}) => ({key, text: isUtf8(bytes) ? bytes.toString('utf8') : null}))
  const unfit = texts.flatMap(({key, text}) => {
    const why = text === null ? 'is no text in UTF-8' : problem(key, text)
    return why === null ? [] : [{key, why}]
  })
  if (unfit.length > 0) return {unfit}
  return {text: await file(texts as {key: string; text: string}[])}
}
