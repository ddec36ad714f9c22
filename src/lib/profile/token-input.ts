import {readFileSync} from 'node:fs'
import {PosternError} from '../../client/error.ts'
import type {World} from '../command/world.ts'

export interface TokenFlags {
  'from-stdin'?: boolean | undefined
  'from-file'?: string | undefined
  'from-env'?: string | undefined
}

/**
 * Reads one line that must not be seen, a token or an enrolment string: from where the flags say, else by a prompt without
 * echo on a terminal, else from stdin.
 * @throws PosternError `usage`; it says nothing of what was read.
 */
export async function readToken(flags: TokenFlags, question: string, world: World): Promise<string> {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined && value !== false)
  if (given.length > 1)
    throw new PosternError('usage', 'It comes from one place: keep one of --from-stdin, --from-file, --from-env.')
  const text = (await read(flags, question, world)).trim()
  if (text !== '' && !/\s/.test(text)) return text
  throw new PosternError('usage', text === '' ? 'Nothing was read.' : 'What was read is more than one line.', {
    next: 'Give just the token, or just the enrolment string.',
  })
}

async function read(flags: TokenFlags, question: string, world: World): Promise<string> {
  if (flags['from-file'] !== undefined && flags['from-file'] !== '-') return fromFile(flags['from-file'])
  if (flags['from-env'] !== undefined) {
    const text = world.env[flags['from-env']]
    if (text === undefined)
      throw new PosternError('usage', 'The environment variable that --from-env names is not set.')
    return text
  }
  const asksStdin = flags['from-stdin'] === true || flags['from-file'] === '-'
  if (!asksStdin && world.stdinIsTerminal) {
    const {password} = await import('@inquirer/prompts')
    return password({message: question, toggleMask: false}, {input: world.stdin, output: world.stderr})
  }
  let text = ''
  for await (const chunk of world.stdin) {
    text += String(chunk)
    if (text.length > 16_384) throw new PosternError('usage', 'What comes from stdin is no token: it is too long.')
  }
  return text
}

function fromFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new PosternError('usage', `The file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'failed'}).`)
  }
}
