import type {Failures} from '../credentials/failures.ts'
import type {FindToken} from '../credentials/identify.ts'
import type {LastUse} from '../credentials/last-use.ts'
import type {Gate} from '../gate/gate.ts'
import type {Keyring} from '../keyring/keyring.ts'
import type {Store} from '../store/store.ts'
import type {Held} from './held.ts'
import type {Room} from './room.ts'

/** What the doors stand on. `reader` serves credentials and readiness alone; all else goes through the gate. */
export interface Context {
  gate: Gate
  reader: Store['reader']
  findToken: FindToken
  keyring: Pick<
    Keyring,
    'credentialHash' | 'sealingKey' | 'openSealed' | 'requestDigest' | 'auditKey' | 'newDataKey' | 'rootKeyId'
  >
  failures: Failures
  room: Room
  held: Held
  lastUse: LastUse
  version: string
  dashboardUrl: () => string
  now: () => Date
}
