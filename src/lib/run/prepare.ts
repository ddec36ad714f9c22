import type {Resolved} from '../../client/workload.ts'
import {maskedOf} from '../../sdk/mask/masked-values.ts'
import type {MountedFolder} from '../../sdk/mounted-folder.ts'
import type {Env} from '../profile/folder.ts'
import type {Prepared} from './child.ts'
import {childEnvironment, type EnvironmentRules} from './child-environment.ts'
import {findCommand} from './find-command.ts'
import {contentsOf, type Mount, writeMounts} from './mounts.ts'
import {checkRoom} from './room.ts'

/** How a command gets what its environment gives. */
export interface Manner {
  command: readonly string[]
  inherited: Env
  rules: EnvironmentRules
  mounts: readonly Mount[]
  divider: string
  /** Makes the folder for mounted files. */
  folder: () => Promise<MountedFolder>
}

/** A command with its values, ready to be started. */
export interface Ready extends Prepared {
  folder: MountedFolder | null
  /** All that must not be read in what it writes. */
  values: Uint8Array[]
}

/**
 * Puts values into variables and files. What is mounted is in its file alone.
 * @throws PosternError; then no file is left.
 */
export async function prepare({items}: Resolved, manner: Manner): Promise<Ready> {
  const {command, mounts} = manner
  const contents = contentsOf(mounts, items, manner.divider)
  const mounted = new Set(mounts.flatMap(({keys}) => keys))
  const others = items.filter(({key}) => !mounted.has(key))
  const folder = mounts.length === 0 ? null : await manner.folder()
  try {
    const paths = folder === null ? new Map<string, string>() : writeMounts(folder, contents)
    const variables = childEnvironment(manner.inherited, others, paths, manner.rules)
    checkRoom(command, variables)
    const file = findCommand(command[0]!, variables.get('PATH'))
    const values = [...items.flatMap(maskedOf), ...contents.map(({bytes}) => bytes)]
    return {file, argv: command, variables, folder, values}
  } catch (error) {
    folder?.remove()
    throw error
  }
}
