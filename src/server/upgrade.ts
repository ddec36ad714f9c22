import {existsSync} from 'node:fs'
import {checkFolder, dataFolderAt} from './data-folder.ts'
import {isTaken} from './folder-lock.ts'
import {mustHaveStore, open, type Places, placeOf} from './open.ts'
import {readPending} from './pending-root-key.ts'
import {rootKey} from './root-key.ts'
import {StartError} from './start-error.ts'
import {COUNTED, type PlannedStep, planOf} from './store/look.ts'
import type {StorePlace} from './store/store.ts'
import {storeProblem} from './store-problem.ts'

/** What the next start of this program would do to a store. */
export interface UpgradePlan {
  engine: 'sqlite' | 'postgres'
  /** The data folder, or host, port and name of the database. */
  store: string
  program: string
  /** The program that had the store last; null: it does not say. */
  lastProgram: string | null
  /** The newest step of the store's schema; null: it has none. */
  step: string | null
  steps: PlannedStep[]
  /** Up to how many rows of a table are counted: so many are that or more. */
  countedTo: number
  /** The root key that the store is under, and where it was found; null: the start makes one. */
  rootKey: {id: string; file: string} | null
  /** Whether servers have the store now. */
  inUse: boolean
}

/**
 * Says what the next start of this program would do to a store, beside the servers that have it, and changes nothing.
 * @throws StartError when that start would be refused.
 */
export async function planUpgrade({data, rootKeyFile, database}: Places, program: string): Promise<UpgradePlan> {
  await mustHaveStore({data, database}, '--data')
  // Where a database has the store, the start makes the folder.
  if (existsSync(data)) await checkFolder(data)
  const folder = dataFolderAt(data)
  const place = await placeOf(folder, database)
  const found = await planOf(place).catch((error: unknown) => {
    throw storeProblem(error, place)
  })
  const embedded = typeof place === 'string'
  if (found === null || (!embedded && found.has.length === 0)) throw noStore(place)
  const {has, lastProgram, rootKeyId, steps, connections} = found
  if (rootKeyId !== null) {
    const pending = rootKeyFile === undefined ? await readPending(folder) : null
    await rootKey(folder, rootKeyFile, rootKeyId, pending === null ? [] : [pending])
  }
  return {
    engine: embedded ? 'sqlite' : 'postgres',
    store: embedded ? place : place.place,
    program,
    lastProgram,
    step: has.at(-1) ?? null,
    steps,
    countedTo: COUNTED,
    rootKey: rootKeyId === null ? null : {id: rootKeyId, file: rootKeyFile ?? folder.file('root.key')},
    inUse: embedded ? isTaken(data) : connections > 0,
  }
}

const noStore = (place: StorePlace) =>
  new StartError(`There is no store in ${typeof place === 'string' ? place : `the database ${place.place}`} yet.`, {
    next: 'postern server start makes one',
  })

/**
 * Does what the next start would do first, and no more: so a large store is brought up to date while it is out of use anyway.
 * @throws StartError when a server is in the way, or the start would be refused; then nothing is changed.
 */
export async function upgrade(places: Places, plan: UpgradePlan): Promise<void> {
  const step = plan.steps.find(({besideOlder}) => !besideOlder)
  if (plan.inUse && plan.engine === 'postgres' && step !== undefined) {
    throw new StartError(`Servers are connected to ${plan.store}, and step ${step.name} changes what they write.`, {
      next: 'stop all of them first; nothing was changed',
    })
  }
  const {close} = await open(places, {version: plan.program, dashboardUrl: () => ''})
  await close()
}
