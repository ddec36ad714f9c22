import {openServices, type Services} from '../../src/server/services.ts'
import {openTestStore} from './engine.ts'
import {tempFolder} from './program.ts'

/** The parts of a server over a new store, with an owner. */
export interface Timed {
  services: Services
  close: () => Promise<void>
}

/** Opens them; `now` is asked for the time. */
export async function timedServices(now: () => Date): Promise<Timed> {
  const folder = tempFolder()
  const services = await openServices({
    store: await openTestStore(folder.path),
    rootKey: Buffer.alloc(32, 5),
    version: '0',
    dashboardUrl: () => '',
    now,
  })
  await services.ownerToken(async () => {})
  const close = async () => {
    await services.close()
    folder.remove()
  }
  return {services, close}
}
