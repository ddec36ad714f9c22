import {isUtf8} from 'node:buffer'
import {randomBytes} from 'node:crypto'
import {readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs'
import type {Readable} from 'node:stream'
import {buffer} from 'node:stream/consumers'
import {PosternError} from '../../client/error.ts'

/** The text of a template, which what is made of it does not replace. @throws PosternError `usage`. */
export async function readTemplate(path: string, out: string, stdin: Readable): Promise<string> {
  if (path !== '-' && out !== '-' && real(path) !== null && real(path) === real(out))
    throw new PosternError('usage', 'The template would be replaced by what is made of it.', {
      next: 'Name another file with --out.',
    })
  const bytes = path === '-' ? await buffer(stdin) : bytesOf(path)
  if (isUtf8(bytes)) return bytes.toString('utf8')
  throw new PosternError('usage', 'The template is not text in UTF-8.')
}

/** Writes a file that its owner alone reads, in the place of what is there, or not at all. @throws PosternError `usage`, `failed`. */
export function writeFilled(path: string, content: string | Uint8Array): void {
  requireFile(path)
  const temporary = `${path}.${randomBytes(6).toString('hex')}`
  try {
    writeFileSync(temporary, content, {flag: 'wx', mode: 0o600})
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, {force: true})
    throw new PosternError(
      'failed',
      `The file cannot be written (${(error as NodeJS.ErrnoException).code ?? 'failed'}).`,
    )
  }
}

/** Refuses a pipe, a device or a folder, in whose place a file of values would stand. @throws PosternError `usage`. */
export function requireFile(path: string): void {
  if (statSync(path, {throwIfNoEntry: false})?.isFile() === false)
    throw new PosternError('usage', 'What the file would take the place of is no file; nothing was written.', {
      next: 'Name a file; to write into a pipe, use - and redirect it.',
    })
}

function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new PosternError(
      'usage',
      `The template cannot be read (${(error as NodeJS.ErrnoException).code ?? 'failed'}).`,
    )
  }
}

function real(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null
  }
}
