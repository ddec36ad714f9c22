import {openDataFolder} from './data-folder.ts'
import {readPending, settleRootKey} from './pending-root-key.ts'
import {rootKey} from './root-key.ts'
import {openServices, type ServiceOptions, type Services} from './services.ts'
import type {Settings} from './settings.ts'
import {StartError} from './start-error.ts'
import {storeFaultOf} from './store/store-fault.ts'

export interface Opened {
  /** A path inside the data folder. */
  file: (...names: string[]) => string
  services: Services
  close: () => Promise<void>
}

/**
 * Takes the data folder for this process alone and opens what is in it. A rotation of the root key that was interrupted is
 * finished.
 * @throws StartError when it cannot; then nothing is left open.
 */
export async function open(
  {data, rootKeyFile}: Pick<Settings, 'data' | 'rootKeyFile'>,
  options: Omit<ServiceOptions, 'folder' | 'rootKey' | 'otherRootKeys'>,
): Promise<Opened> {
  const folder = await openDataFolder(data)
  let services: Services | undefined
  try {
    const key = await rootKey(folder, rootKeyFile)
    const pending = rootKeyFile === undefined ? await readPending(folder) : null
    services = await openStoreWith({
      ...options,
      folder: folder.path,
      rootKey: key,
      otherRootKeys: pending === null ? [] : [pending],
    })
    if (pending !== null) await settleRootKey(folder, services.rootKeyId)
    const {close} = services
    return {file: folder.file, services, close: () => close().finally(folder.release)}
  } catch (error) {
    await services?.close()
    folder.release()
    throw error
  }
}

/** The same as `openServices`, and says what to do when it fails. @throws StartError. */
export const openStoreWith = (options: ServiceOptions): Promise<Services> =>
  openServices(options).catch((error: unknown) => {
    const fault = storeFaultOf(error)
    if (fault === 'read-only' || fault === 'full') {
      throw new StartError(`The store in ${options.folder} cannot be written to: it is ${fault}.`, {
        next:
          fault === 'full'
            ? 'make room on its disk; nothing was changed'
            : 'mount it for writing, and let the server’s user write to postern.db; nothing was changed',
      })
    }
    const why = error instanceof Error ? error.message : 'unknown'
    throw new StartError(`The store in ${options.folder} cannot be opened: ${why}.`, {
      next: 'if it is damaged, restore the data folder from your backup; nothing was changed',
    })
  })
