import type {ValueType} from '../../contract/value-type.ts'
import type {ValueFlags} from '../value-input/flags.ts'
import type {KindFlags} from '../value-input/kind-flags.ts'
import type {ReadValue} from '../value-input/read-value.ts'
import type {World} from './world.ts'

/** What `setValue` needs for a secret that is no plain text; nothing for one that is, which loads nothing of it. */
export async function kindOf(
  flags: ValueFlags & KindFlags,
  key: string,
  world: World,
  warn: (text: string) => void,
): Promise<{more?: {type: ValueType}; read?: () => Promise<ReadValue>}> {
  const {totp, file, reference, template} = flags
  const named = [
    flags['field-stdin'],
    flags['field-file'],
    flags['field-env'],
    flags['field-prompt'],
    reference,
    template,
  ]
  if (!totp && !file && named.every((one) => one === undefined)) return {}
  const [{chooseKind}, {readKind}] = await Promise.all([
    import('../value-input/choose-kind.ts'),
    import('../value-input/read-kind.ts'),
  ])
  const chosen = chooseKind(flags, world)
  return {more: {type: chosen.type}, read: () => readKind(chosen, key, world, warn)}
}
