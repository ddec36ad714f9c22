import {randomBytes} from 'node:crypto'
import {chmodSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {PosternError} from '../../client/error.ts'
import type {Resolved} from '../../client/workload.ts'
import {resolvedFrom} from '../../client/workload-replies.ts'
import {type LastGoodOf, openLastGood, sealLastGood} from '../../formats/last-good.ts'
import {requireFile} from '../workload/template-file.ts'

/** By how much the clock may have been set back, as by one that keeps the time, in milliseconds. */
const SKEW = 5 * 60_000

/** Where the last good values of a workload are kept, and what opens them. */
export interface LastGood {
  file: string
  token: string
  of: LastGoodOf
  /** The oldest that are used, in milliseconds. */
  maxAge: number
}

/** Keeps what the server gave, in the place of what was kept before. @throws PosternError `failed`; the values in hand are good all the same. */
export function keepLastGood({file, token, of}: LastGood, {items, ...resolved}: Resolved, now: Date): void {
  const wire = items.map(({value, ...item}) => ({
    ...item,
    value: {encoding: 'base64', data: value.bytes().toString('base64')},
  }))
  requireFile(file)
  const plain = Buffer.from(JSON.stringify({at: now.toISOString(), reply: {...resolved, items: wire}}))
  const temporary = `${file}.${randomBytes(6).toString('hex')}`
  try {
    writeFileSync(temporary, sealLastGood(plain, token, of), {flag: 'wx', mode: 0o600})
    chmodSync(temporary, 0o600)
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, {force: true})
    const {code} = error as NodeJS.ErrnoException
    throw new PosternError('failed', `The copy for --fallback was not written (${code ?? 'failed'}).`)
  } finally {
    plain.fill(0)
  }
}

/** What was kept, and when. @throws PosternError `unreachable`, saying why nothing can be used. */
export function readLastGood({file, token, of, maxAge}: LastGood, now: Date): {resolved: Resolved; at: Date} {
  const text = textOf(file)
  const plain = openLastGood(text, token, of)
  if (plain === null) throw unusable('It was kept for another token, server or other filters, or was changed.')
  const {at, reply} = JSON.parse(plain.toString('utf8')) as {at: string; reply: unknown}
  plain.fill(0)
  const resolved = resolvedFrom(reply)
  const age = now.getTime() - Date.parse(at)
  if (resolved === null) throw unusable('Another version of Postern kept it.')
  // A clock that was set back makes nothing younger: how old it is cannot be told.
  if (age < -SKEW) throw unusable(`It is from ${at}, which the clock of this machine says is yet to come.`)
  if (!(age <= maxAge)) throw unusable(`It is from ${at}, which is older than --max-age allows.`)
  return {resolved, at: new Date(at)}
}

/** Removes what was kept: the server says that the token is no longer good. */
export const forgetLastGood = ({file}: LastGood): void => rmSync(file, {force: true})

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    throw unusable(code === 'ENOENT' ? 'There is none yet.' : `It cannot be read (${code}).`)
  }
}

const unusable = (why: string) =>
  new PosternError('unreachable', `The last good values cannot be used. ${why}`, {
    next: 'Run it once while the server answers: that keeps a new copy.',
  })
