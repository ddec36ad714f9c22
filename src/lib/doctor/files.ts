import {accessSync, constants, type Stats, statSync} from 'node:fs'
import {join} from 'node:path'
import {type Env, settingsFolder} from '../profile/folder.ts'
import {type Found, failed, ok, warn} from './checklist.ts'

/** Whether what this user keeps is this user's alone. `tokenFile`: the kept token's; null: it is kept elsewhere. */
export function checkFiles(env: Env, tokenFile: string | null): Found {
  const folder = folderOf(env)
  if (folder === null) return warn('there is no home folder to keep settings in', 'Set HOME, if you mean to sign in.')
  const there = statOf(folder)
  if (there === null) return ok(`there is no settings folder (${folder}), and none is needed`)
  if (process.platform === 'win32') return ok(folder)
  const given = env.POSTERN_TOKEN_FILE && !env.POSTERN_TOKEN ? env.POSTERN_TOKEN_FILE : null
  for (const path of [tokenFile, given]) {
    const stat = path === null ? null : statOf(path)
    if (path === null || stat === null || !isOpen(stat)) continue
    if (path === given) return warn(`others on this machine may read the token in ${path}`, `chmod 600 ${path}`)
    return failed(
      'failed',
      `others on this machine may read the token in ${path}`,
      `chmod 600 ${path}, and have the token replaced if somebody could have read it`,
    )
  }
  const profiles = join(folder, 'profiles.json')
  for (const [path, stat, mode] of [
    [folder, there, 700],
    [profiles, statOf(profiles), 600],
  ] as const)
    if (stat !== null && isOpen(stat))
      return warn(`others on this machine may look into ${path}`, `chmod ${mode} ${path}`)
  return mayWrite(folder)
    ? ok(`${folder} is yours alone`)
    : warn(
        `${folder} cannot be written, so nothing is remembered`,
        'Check its owner, and whether the disk is read-only.',
      )
}

function folderOf(env: Env): string | null {
  try {
    return settingsFolder(env)
  } catch {
    return null
  }
}

const isOpen = ({mode}: Stats) => (mode & 0o077) !== 0

function statOf(path: string): Stats | null {
  try {
    return statSync(path)
  } catch {
    return null
  }
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
