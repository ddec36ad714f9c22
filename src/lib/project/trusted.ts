import {readFileSync, type Stats} from 'node:fs'
import {userInfo} from 'node:os'

/** Who runs this; null where files have no owner by number, as on Windows. */
export interface User {
  uid: number
  gid: number
}

export const thisUser = (): User | null =>
  process.getuid === undefined || process.getgid === undefined ? null : {uid: process.getuid(), gid: process.getgid()}

/** Why somebody else may have written this file or folder; null: only the user and root can. */
export function whyNotTrusted({uid, gid, mode}: Pick<Stats, 'uid' | 'gid' | 'mode'>, user: User | null): string | null {
  if (user === null) return null
  if (uid !== user.uid && uid !== 0) return `belongs to another user (number ${uid})`
  if ((mode & 0o002) !== 0) return 'can be written by everybody'
  if ((mode & 0o020) !== 0 && !isPrivateGroup(gid, user)) return 'can be written by its group'
  return null
}

/**
 * Whether the group is the user's own, of the user's name and without other members: most distributions make one for each
 * user, and their usual umask lets it write.
 */
function isPrivateGroup(gid: number, user: User): boolean {
  if (gid !== user.gid) return false
  try {
    const {username} = userInfo()
    const entry = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .find(([, , number]) => number === String(gid))
    return entry?.[0] === username && [undefined, '', username].includes(entry[3])
  } catch {
    return false
  }
}
