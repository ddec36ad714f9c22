import {PosternError} from '../../client/error.ts'
import {isOrg, ORG_RULE} from '../../contract/name-rules.ts'
import type {Env} from '../profile/folder.ts'

/** POSTERN_ORG, if it is set. @throws PosternError `usage`. */
export function orgIn({POSTERN_ORG: org}: Env): string | undefined {
  if (!org) return undefined
  if (isOrg(org)) return org
  throw new PosternError('usage', `POSTERN_ORG is not right: it is ${ORG_RULE}.`, {
    next: 'Mend or unset POSTERN_ORG, or add --org ORG.',
  })
}
