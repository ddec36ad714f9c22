import {readFileSync} from 'node:fs'
import {PosternError} from '../../client/error.ts'
import {decodeEnrolment, type Enrolment} from '../../formats/enrolment.ts'
import {isToken} from '../../formats/token.ts'
import type {World} from '../command/world.ts'

/** Where it is read from; with none of them, by a prompt without echo on a terminal, else from stdin. */
export interface TokenSource {
  'from-stdin'?: boolean | undefined
  'from-file'?: string | undefined
  'from-env'?: string | undefined
}

/** Reads a token. @throws PosternError `usage`, which says nothing of what was read. */
export async function readToken(source: TokenSource, world: World): Promise<string> {
  const text = await readLine(source, 'Token:', world)
  if (isToken(text)) return text
  if (decodeEnrolment(text) !== null)
    throw new PosternError('usage', 'This is an enrolment string, which names its own server.', {
      next: 'postern login   (without URL)',
    })
  throw new PosternError('usage', 'This is no token: it was cut, mistyped, or is something else. Nothing was sent.', {
    next: 'A token begins with postern_ and has 57 characters.',
  })
}

/** Reads an enrolment string. @throws PosternError `usage`, which says nothing of what was read. */
export async function readEnrolment(source: TokenSource, world: World): Promise<Enrolment> {
  const enrolment = decodeEnrolment(await readLine(source, 'Enrolment string:', world))
  if (enrolment !== null && isToken(enrolment.token)) return enrolment
  throw new PosternError('usage', 'This is no enrolment string: it was cut, mistyped, or is something else.', {
    next: 'postern login URL   (with a token)',
  })
}

async function readLine(source: TokenSource, question: string, world: World): Promise<string> {
  const given = Object.values(source).filter((value) => value !== undefined && value !== false)
  if (given.length > 1)
    throw new PosternError('usage', 'It comes from one place: keep one of --from-stdin, --from-file, --from-env.')
  const text = (await read(source, question, world)).trim()
  if (text !== '' && !/\s/.test(text)) return text
  throw new PosternError('usage', text === '' ? 'Nothing was read.' : 'What was read is more than one line.', {
    next: 'Give just the token, or just the enrolment string.',
  })
}

async function read(source: TokenSource, question: string, world: World): Promise<string> {
  const {'from-env': variable, 'from-file': path} = source
  if (variable !== undefined) {
    const text = world.env[variable]
    if (text !== undefined) return text
    throw new PosternError('usage', 'The environment variable that --from-env names is not set.', {
      next: 'Export it before.',
    })
  }
  if (path !== undefined && path !== '-') return fromFile(path)
  if (source['from-stdin'] !== true && path === undefined && world.stdinIsTerminal) {
    const {password} = await import('@inquirer/prompts')
    return password({message: question, toggleMask: false}, {input: world.stdin, output: world.stderr})
  }
  let text = ''
  for await (const chunk of world.stdin) {
    text += String(chunk)
    if (text.length > 16_384)
      throw new PosternError('usage', 'What comes from stdin is too long for a token.', {next: 'Check the pipe.'})
  }
  return text
}

function fromFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'failed'
    throw new PosternError('usage', `The file cannot be read (${code}).`, {
      next: 'Check its path, and that you own it.',
    })
  }
}
