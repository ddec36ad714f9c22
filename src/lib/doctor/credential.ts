import type {Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {type Found, ok, warn} from './checklist.ts'
import {inDays} from './span.ts'

type Who = Reply<Routes['whoami']>

const DAY = 24 * 60 * 60 * 1000
/** With fewer days left, a token is worth a word. */
const TOKEN_DAYS = 14

/** Who the token is, and how long. `org`: the organization that commands would name. */
export function checkToken({actor, role, org: own, expiresAt}: Who, org: string, now: Date): Found {
  const who = `${actor.name} (${role}) of ${own}`
  if (org !== own)
    return warn(
      `${who}; the settings name another organization, where it may do nothing`,
      `Add --org ${own}, or set POSTERN_ORG=${own}.`,
    )
  if (expiresAt === null) return ok(`${who}; it does not expire`)
  const days = Math.floor((Date.parse(expiresAt) - now.getTime()) / DAY)
  const what = `${who}; ${days < 0 ? 'it expired' : 'it expires'} ${expiresAt}${days < 0 ? '' : `, ${inDays(days)}`}`
  return days >= TOKEN_DAYS ? ok(what) : warn(what, 'postern token create   (by who may), then postern login URL')
}

/** Whether both ends are of versions that understand each other: those that differ after the first number, or the second while the first is 0. */
export function checkVersions(own: string, server: string): Found {
  const both = `the server is ${server}, this is ${own}`
  const [mine, theirs] = [lineOf(own), lineOf(server)]
  if (mine === null || theirs === null)
    return warn(`${both}; that cannot be compared`, 'Use versions that are released.')
  const order = mine[0] - theirs[0] || mine[1] - theirs[1]
  if (order === 0) return ok(both)
  return order < 0
    ? warn(`${both}: it may answer what this does not know`, `Install ${server} here.`)
    : warn(`${both}: it does not know what is new`, `Update the server to ${own}, or install ${server} here.`)
}

/** The line of versions that are compatible: 2.x is [2, 0], 0.3.x is [0, 3]. */
function lineOf(version: string): [number, number] | null {
  const [, major, minor] = /^(\d+)\.(\d+)\.\d+/.exec(version) ?? []
  if (major === undefined || minor === undefined) return null
  return major === '0' ? [0, Number(minor)] : [Number(major), 0]
}
