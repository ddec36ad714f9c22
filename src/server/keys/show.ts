import type {KeysState} from '../../contract/routes/keys.ts'
import {Refused} from '../gate/refused.ts'
import type {Read} from '../gate/types.ts'
import {keysState} from './state.ts'

/** The keys are the whole server's, so only its first organization sees and changes them. */
export const KEYS_OF_DEFAULT = 'Keys are the whole server’s: only the organization default may see and rotate them.'

export async function showKeys({actor, db}: Read): Promise<KeysState> {
  if (actor.org !== 'default') throw new Refused('forbidden', KEYS_OF_DEFAULT)
  return keysState(db)
}
