import {access, constants, mkdir, stat} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {lockFolder} from './folder-lock.ts'
import {reasonOf, remedyOf, StartError, systemCode} from './start-error.ts'

export interface DataFolder {
  path: string
  /** A path inside the folder. */
  file: (...names: string[]) => string
  /** Lets another server have it. */
  release: () => void
}

/** A data folder as it is, which is another process's, maybe. */
export const dataFolderAt = (path: string): Pick<DataFolder, 'path' | 'file'> => ({
  path,
  file: (...names) => join(path, ...names),
})

/**
 * Makes the data folder when there is none (0700), and takes it for this process alone. From here on every file that
 * the process makes is private to its user.
 * @throws StartError when it cannot be made, belongs to someone else, is open to others, or another server has it.
 */
export async function openDataFolder(path: string): Promise<DataFolder> {
  process.umask(0o077)
  await makeFolder(path).catch((error: unknown) => {
    throw new StartError(`The data folder ${path} cannot be made: ${reasonOf(error)}.`, {
      next: 'name another folder with --data, or run the server as a user who may write there',
    })
  })
  await checkFolder(path)
  return {...dataFolderAt(path), release: lockFolder(path)}
}

/** @throws StartError when a data folder belongs to someone else, is open to others, or cannot be written to. */
export async function checkFolder(path: string): Promise<void> {
  await checkOwner(path)
  await access(path, constants.W_OK).catch((error: unknown) => {
    throw new StartError(`The data folder ${path} cannot be written to: ${reasonOf(error)}.`, {
      next: `${remedyOf(error)}; nothing was changed`,
    })
  })
}

/** Node's own recursive mkdir never ends where a folder can be seen but nothing made, as in /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, 0o700)
  } catch (error) {
    if (systemCode(error) === 'ENOENT' && dirname(path) !== path) {
      await makeFolder(dirname(path))
      await mkdir(path, 0o700)
    } else if (!(await isFolder(path))) throw error
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )

async function checkOwner(path: string): Promise<void> {
  const user = process.getuid?.()
  if (user === undefined) return
  const found = await stat(path)
  if (found.uid !== user) {
    throw new StartError(
      `The data folder ${path} belongs to user ${found.uid}, while the server runs as user ${user}.`,
      {
        next: `run the server as the folder's owner, or give it the folder: chown -R ${user} ${path}`,
      },
    )
  }
  if ((found.mode & 0o077) !== 0) {
    const mode = (found.mode & 0o777).toString(8).padStart(4, '0')
    throw new StartError(`The data folder ${path} is open to other users (mode ${mode}).`, {
      next: `chmod 700 ${path}, or name a folder inside it with --data, which the server then makes private`,
    })
  }
}
