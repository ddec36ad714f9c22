import {PosternError} from '../../client/error.ts'
import type {ProjectFile} from '../../contract/project-file.ts'
import type {Env} from '../profile/folder.ts'
import {findProjectFile} from './find.ts'
import {readProjectFile} from './read.ts'

/** What the folder that a command runs in says. */
export interface Project {
  path: string
  /** What the file holds. */
  bytes: Buffer
  organization: string | undefined
  environment: string | undefined
  /** Of the component that it is, or was named. */
  component: string | null
  only: readonly string[] | undefined
  /** The scope of the folder. */
  scope: string | undefined
}

interface Asked {
  cwd: string
  env: Env
  /** Named by its flag; else the folder tells. */
  component?: string | undefined
  say: (line: string) => void
}

/**
 * The project that a folder belongs to; null: none. A file that somebody else may have written is not taken, and that is said.
 * @throws PosternError `usage` for a file that is not right, or a component that it does not name.
 */
export function projectAt({cwd, env, component, say}: Asked): Project | null {
  const found = findProjectFile({cwd, env}, (path, why) => say(`Warning: ${path} is not used: ${why}.`))
  if (found === null) {
    if (component === undefined) return null
    throw new PosternError(
      'usage',
      '--component names a part of a project, and there is no postern.json here or above.',
    )
  }
  const {path, folder} = found
  const file = readProjectFile(found.bytes, path)
  const name = component ?? componentAt(file, folder)
  const own = name === null ? {} : file.components?.[name]
  if (own === undefined)
    throw new PosternError('usage', `${path} has no component of this name.`, {
      next: `It has ${Object.keys(file.components ?? {}).join(', ') || 'none'}.`,
    })
  return {
    path,
    bytes: found.bytes,
    organization: file.organization,
    environment: own.environment ?? file.environment,
    component: name,
    only: own.only,
    scope: deepest(Object.entries(file.scopes ?? {}), folder),
  }
}

const componentAt = ({components = {}}: ProjectFile, folder: string): string | null =>
  deepest(
    Object.entries(components).flatMap(([name, {folder: of}]) => (of === undefined ? [] : [[of, name] as const])),
    folder,
  ) ?? null

/** What the deepest of these folders has that a folder lies in. */
function deepest(byFolder: readonly (readonly [string, string])[], folder: string): string | undefined {
  const holding = byFolder.filter(([of]) => of === '.' || folder === of || folder.startsWith(`${of}/`))
  const depth = (path: string) => (path === '.' ? 0 : path.split('/').length)
  return holding.sort(([a], [b]) => depth(b) - depth(a))[0]?.[1]
}

/** What is said of a project that a command takes something from. */
export function projectLine({path, environment, component}: Project): string {
  const what = [
    ...(environment === undefined ? [] : [`environment ${environment}`]),
    ...(component === null ? [] : [`component ${component}`]),
  ]
  return `Using ${path}${what.length === 0 ? '' : `: ${what.join(', ')}`}.`
}
