import {randomBytes} from 'node:crypto'
import {open, readFile, rename, rm} from 'node:fs/promises'
import {dirname} from 'node:path'
import {reasonOf, remedyOf, StartError, systemCode} from './start-error.ts'

/**
 * Writes a file that only its owner may read (0600, whatever the umask) in one step: a reader sees the old bytes or
 * the new. It is on the disk, with its name, when this resolves.
 * @throws StartError when it cannot be written; then the old bytes stand.
 */
export async function writePrivateFile(path: string, content: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.chmod(0o600)
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, {force: true})
    throw new StartError(`The file ${path} cannot be written: ${reasonOf(error)}.`, {
      next: `${remedyOf(error)}, and run it again`,
    })
  }
  await syncFolder(dirname(path))
}

/** The text of a file, or null when there is none. */
export async function readIfThere(path: string): Promise<string | null> {
  return await readFile(path, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return null
    throw error
  })
}

/** Puts what was renamed or removed in a folder on the disk. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
