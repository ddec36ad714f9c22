import {PosternError} from '../../client/error.ts'
import type {ResolvedItem} from '../../client/workload.ts'
import {isKey} from '../../contract/name-rules.ts'
import {nearest} from '../../contract/nearest.ts'
import type {MountedFolder} from '../../sdk/mounted-folder.ts'

/** A file that a command gets: the variable that holds its path, and whose values it is made of. */
export interface Mount {
  name: string
  keys: string[]
}

export const MOUNT_RULE =
  'NAME=KEY or NAME=KEY,KEY: the variable that holds the file’s path, and the keys that it is made of'

/** What `--mount` says; null: it is not of its form. */
export function mountIn(text: string): Mount | null {
  const at = text.indexOf('=')
  const [name, keys] = [text.slice(0, at), text.slice(at + 1).split(',')]
  return at > 0 && isKey(name) && keys.every(isKey) ? {name, keys} : null
}

/** What each file holds. @throws PosternError `not_found`, naming every key that the environment does not give. */
export function contentsOf(
  mounts: readonly Mount[],
  items: readonly ResolvedItem[],
  divider: string,
): {name: string; bytes: Buffer}[] {
  const byKey = new Map(items.map((item) => [item.key, item]))
  const missing = [...new Set(mounts.flatMap(({keys}) => keys))].filter((key) => !byKey.has(key))
  if (missing.length > 0) {
    const near = nearest(missing[0]!, [...byKey.keys()])
    throw new PosternError('not_found', `The environment does not give ${missing.join(', ')}, which --mount names.`, {
      next: near === null ? 'postern environment explain ENV   (shows what it gives)' : `Is ${near} meant?`,
    })
  }
  const between = Buffer.from(divider)
  return mounts.map(({name, keys}) => ({
    name,
    bytes: Buffer.concat(
      keys.flatMap((key, index) => [...(index === 0 ? [] : [between]), byKey.get(key)!.value.bytes()]),
    ),
  }))
}

/** Writes the files and gives their paths by the variable's name. */
export const writeMounts = (folder: MountedFolder, contents: readonly {name: string; bytes: Buffer}[]) =>
  new Map(contents.map(({name, bytes}) => [name, folder.write(name, bytes)]))
