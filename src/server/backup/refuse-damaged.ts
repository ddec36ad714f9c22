import {StartError} from '../start-error.ts'
import type {Verified} from './verify.ts'

/** @throws StartError when a log does not verify or a value does not open, naming the first, unless that is `accepted`. `what`: the store, at the beginning of a sentence. */
export function refuseDamaged({logs, values}: Verified, what: string, accepted: boolean): void {
  const log = logs.find(({breaks}) => breaks.length > 0)
  const stuck = values?.stuck[0]
  if (accepted || (log === undefined && stuck === undefined)) return
  const why =
    log === undefined
      ? `${values!.stuck.length} of ${values!.total} stored values do not open, the first of them version ${stuck!.version} of the ${stuck!.kind} ${stuck!.key} in ${stuck!.scope}`
      : `the audit log of ${log.org} does not verify at entry ${log.breaks[0]!.sequence} (${log.breaks[0]!.kind})`
  throw new StartError(`${what} ${why}.`, {
    next: 'to go on with it as it is, add --keep-damaged; nothing was changed',
  })
}
