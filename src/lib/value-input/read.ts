import {createReadStream} from 'node:fs'
import type {Readable} from 'node:stream'
import {PosternError} from '../../client/error.ts'
import {MAX_VALUE_BYTES} from '../../contract/limits.ts'
import type {World} from '../command/world.ts'
import type {Origin} from './choose.ts'
import {readEnvironment, whole} from './environment.ts'
import {generate} from './generate.ts'

/** The longest newline, which trimming may still take away. */
const NEWLINE_BYTES = 2

/**
 * Reads the bytes, or makes them, and stops as soon as they are too many.
 * @throws PosternError `usage` for what is not there, `value_refused` for what is too long.
 */
export async function read(origin: Origin, what: string, world: World): Promise<Buffer> {
  switch (origin.mode) {
    case 'prompt': {
      const {promptFor} = await import('./prompt.ts')
      return promptFor(what, world)
    }
    case 'stdin':
      return collect(world.stdin, 'stdin')
    case 'file':
      return collect(createReadStream(origin.path), 'The file of --from-file')
    case 'env':
      return readEnvironment(origin.name, world)
    case 'argv':
      return whole(origin.text, 'The text of --value')
    case 'generate':
      return generate(origin.form)
  }
}

async function collect(stream: Readable, name: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of stream) {
      chunks.push(chunk as Buffer)
      length += (chunk as Buffer).length
      if (length > MAX_VALUE_BYTES + NEWLINE_BYTES) throw tooLong()
    }
  } catch (error) {
    if (error instanceof PosternError) throw error
    throw unreadable(name, (error as {code?: unknown}).code)
  }
  const bytes = Buffer.concat(chunks)
  for (const chunk of chunks) chunk.fill(0)
  return bytes
}

/** The refusal of a value of more than 1 MiB. */
export function tooLong(): PosternError {
  return new PosternError('value_refused', 'The value is longer than 1 MiB; nothing was written.', {
    next: 'Keep what is larger elsewhere, and store the key that opens it.',
  })
}

function unreadable(name: string, code: unknown): PosternError {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new PosternError('usage', `${name} does not exist.`, {next: 'Check the path after --from-file.'})
    case 'EISDIR':
      return new PosternError('usage', `${name} is a directory.`, {next: 'Name a file, or pipe the value in.'})
    case 'EACCES':
      return new PosternError('failed', `${name} may not be read by this user.`, {next: 'Check its permissions.'})
    default:
      return new PosternError('failed', `${name} could not be read${typeof code === 'string' ? ` (${code})` : ''}.`)
  }
}
