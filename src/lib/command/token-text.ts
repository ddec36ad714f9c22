import {encodeEnrolment} from '../../formats/enrolment.ts'
import type {Client} from './base.ts'

/** What signs in with a new token: the token itself, or an enrolment string that also says where and whom to trust. */
export async function tokenText(token: string, {connection}: Client, enrol: boolean): Promise<string> {
  if (!enrol) return token
  const {ca, origin} = connection
  const caFingerprint = ca === null ? null : (await import('../profile/ca-file.ts')).topFingerprint(ca)
  return encodeEnrolment({url: origin, caFingerprint, token})
}
