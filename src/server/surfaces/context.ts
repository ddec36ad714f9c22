import type {Failures} from '../credentials/failures.ts'
import type {LastUse} from '../credentials/last-use.ts'
import type {Gate} from '../gate/gate.ts'
import type {Keyring} from '../keyring/keyring.ts'
import type {Store} from '../store/store.ts'

/** What the doors stand on. `reader` serves credentials and readiness alone; all else goes through the gate. */
export interface Context {
  gate: Gate
  reader: Store['reader']
  keyring: Pick<Keyring, 'credentialHash' | 'sealingKey' | 'openSealed' | 'requestDigest' | 'auditKey' | 'newDataKey'>
  failures: Failures
  lastUse: LastUse
  version: string
  dashboardUrl: () => string
  now: () => Date
}
