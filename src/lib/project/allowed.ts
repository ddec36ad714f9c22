import {createHash} from 'node:crypto'
import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {type Env, makeFolder, settingsFolder} from '../profile/folder.ts'
import type {Project} from './project.ts'

type Pinned = Pick<Project, 'path' | 'bytes'>

/** In the settings, a file for each project file that a shell may load: named by the SHA-256 of path, NUL and content; it holds the path. */
const folderOf = (env: Env): string => join(settingsFolder(env), 'allowed')

/** Names a project file, as it stands, at its path. */
export const pinOf = ({path, bytes}: Pinned): string =>
  createHash('sha256').update(path).update('\0').update(bytes).digest('hex')

/** Whether a shell may load this, unchanged and where it stands. */
export function isAllowed(project: Pinned, env: Env): boolean {
  try {
    return readFileSync(join(folderOf(env), pinOf(project)), 'utf8') === project.path
  } catch {
    return false
  }
}

/** Allows a project file as it stands; what it was before is not allowed any more. */
export function allow(project: Pinned, env: Env): void {
  const folder = folderOf(env)
  makeFolder(folder)
  deny(project.path, env)
  writeFileSync(join(folder, pinOf(project)), project.path, {mode: 0o600})
}

/** Takes back what was allowed of a path, and says whether anything was. */
export function deny(path: string, env: Env): boolean {
  const folder = folderOf(env)
  const pins = namesIn(folder).filter((name) => readFileSync(join(folder, name), 'utf8') === path)
  for (const name of pins) rmSync(join(folder, name), {force: true})
  return pins.length > 0
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^[0-9a-f]{64}$/.test(name))
  } catch {
    return []
  }
}
