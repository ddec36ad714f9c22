import {createReadStream} from 'node:fs'
import {PosternError} from '../../client/error.ts'
import {writeChecked} from '../command/archive-file.ts'
import type {World} from '../command/world.ts'

/** How the file is spoken of: it is not repeated. */
export const WHICH = 'The file of the backup'

/** Writes a backup into a file, or to stdout when that is `-`. Gives how many bytes it has. */
export async function writeBackup(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  {force, world}: {force: boolean; world: World},
): Promise<number> {
  let length = 0
  async function* counted() {
    for await (const piece of bytes) {
      length += piece.length
      yield piece
    }
  }
  if (path === '-') for await (const piece of counted()) await written(world, piece)
  else await writeChecked(path, counted(), {force, which: WHICH, check: async () => {}})
  return length
}

const written = ({stdout}: World, piece: Uint8Array): Promise<void> =>
  new Promise((done, fail) => {
    stdout.write(piece, (error) => (error ? fail(error) : done()))
  })

/** @throws PosternError `usage` where bytes would go to a terminal, or between lines of JSON. */
export function checkPipe(path: string, json: boolean, world: World): void {
  if (path !== '-') return
  if (world.stdoutIsTerminal)
    throw new PosternError('usage', 'A backup is no text, and stdout is a terminal.', {next: 'Name a file, or a pipe.'})
  if (json) throw new PosternError('usage', 'With "-", stdout is the backup, so --json has no place.')
}

/** The bytes of a backup's file; of stdin when that is `-`. */
export async function* backupBytes(path: string, world: World): AsyncGenerator<Uint8Array> {
  // Not opened before it is read: a stream that fails while nobody listens ends the process.
  yield* path === '-' ? (world.stdin as AsyncIterable<Uint8Array>) : createReadStream(path)
}
