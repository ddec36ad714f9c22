import type {Buffer} from 'node:buffer'
import {randomBytes} from 'node:crypto'
import {createReadStream} from 'node:fs'
import {link, open, rename, rm, stat} from 'node:fs/promises'
import {dirname} from 'node:path'
import {PosternError} from '../../client/error.ts'

/** No line of an archive comes near this, in characters. */
const LONGEST_LINE = 1024 * 1024

/**
 * The lines of a file, parted by LF alone: an entry's text may hold what other readers take for a line's end.
 * What is no UTF-8, or has no end to its last line, is not taken for what it would be if it were mended.
 * @throws PosternError `failed` when it cannot be read, or is no file of such lines. It names the file by `which` alone.
 */
export async function* linesOf(path: string, which: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true})
  const decoded = (chunk?: Buffer): string => {
    try {
      return decoder.decode(chunk, {stream: chunk !== undefined})
    } catch {
      throw damaged(`${which} does not verify: it holds bytes that are no UTF-8.`)
    }
  }
  let rest = ''
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      const lines = (rest + decoded(chunk)).split('\n')
      rest = lines.pop()!
      if (rest.length > LONGEST_LINE) throw new PosternError('failed', `${which} is no audit archive.`)
      yield* lines
    }
  } catch (error) {
    throw error instanceof PosternError ? error : unusable(`${which} cannot be read`, error)
  }
  rest += decoded()
  if (rest !== '') throw damaged(`${which} does not verify: its last line does not end (cut).`)
}

const damaged = (what: string) =>
  new PosternError('failed', what, {next: 'Keep it as it is, and compare it with another copy.'})

/** How a file that a flag names is spoken of: it is not repeated. */
const OUT = 'The file that --out names'

/** @throws PosternError `failed` when the file is there and `force` is not given, or when a folder is. */
export async function checkFree(path: string, force: boolean, which = OUT): Promise<void> {
  const there = await stat(path).catch(() => null)
  if (there?.isDirectory()) throw unusable(`${which} cannot be written`, {code: 'EISDIR'})
  if (there !== null && !force) throw taken(which)
}

/**
 * Writes `text` beside `path`, has `check` look at it on the disk, and only then gives it its name: 0600, and never over
 * a file that is there unless `force`. A file that fails is removed.
 * @throws PosternError `failed` when it cannot be written, and what `check` throws.
 */
export async function writeChecked<R>(
  path: string,
  text: AsyncIterable<string | Uint8Array>,
  {force, check, which = OUT}: {force: boolean; check: (draft: string) => Promise<R>; which?: string},
): Promise<R> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      for await (const chunk of text) await file.appendFile(chunk)
      await file.sync()
    } finally {
      await file.close()
    }
    const checked = await check(draft)
    if (force) await rename(draft, path)
    else await nameOnce(draft, path, which)
    await syncFolderOf(path)
    return checked
  } catch (error) {
    await rm(draft, {force: true})
    throw isOfFiles(error) ? unusable(`${which} cannot be written`, error) : error
  }
}

const isOfFiles = (error: unknown) => error instanceof Error && 'syscall' in error

/** Puts the name of a file on the disk, as its bytes are. */
async function syncFolderOf(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(dirname(path), 'r')
  await folder.sync().finally(() => folder.close())
}

/** Gives the file its name unless that is taken; where there are no hard links, by a look and a rename. */
async function nameOnce(draft: string, path: string, which: string): Promise<void> {
  try {
    await link(draft, path)
    await rm(draft)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw taken(which)
    await checkFree(path, false, which)
    await rename(draft, path)
  }
}

const taken = (which: string) =>
  new PosternError('failed', `${which} is there already.`, {
    next: 'Name another file, or add --force to write over it.',
  })

function unusable(what: string, error: unknown): PosternError {
  return new PosternError('failed', `${what} (${(error as NodeJS.ErrnoException).code ?? 'failed'}).`, {
    next: 'Check its path and permissions.',
  })
}
