import {PosternError} from '../../client/error.ts'
import type {ProblemCode} from '../../contract/problems.ts'

export type CheckName =
  | 'settings'
  | 'files'
  | 'proxy'
  | 'dns'
  | 'tcp'
  | 'tls'
  | 'certificate'
  | 'authority'
  | 'server'
  | 'clock'
  | 'token'
  | 'versions'

/** What a check found. `next`: what to do about it. */
export interface Found {
  state: 'ok' | 'warn' | 'failed' | 'skipped'
  what: string
  next?: string
  /** Of a failure; it gives the exit status. */
  code?: ProblemCode
}

export interface Check extends Found {
  check: CheckName
}

export const ok = (what: string): Found => ({state: 'ok', what})
export const warn = (what: string, next: string): Found => ({state: 'warn', what, next})
export const skipped = (what: string): Found => ({state: 'skipped', what})
export const failed = (code: ProblemCode, what: string, next: string): Found => ({state: 'failed', what, next, code})

/** Checks, one after the other, that never end early: one that cannot be made is skipped and says what it waits for. */
export interface Checklist {
  checks: Check[]
  passed: (name: CheckName) => boolean
  /** Makes a check, unless one that it `needs` did not pass. Gives what `look` gives beside what it found; null: nothing. */
  check<T>(name: CheckName, needs: readonly CheckName[], look: () => Promise<Found & {gives?: T}>): Promise<T | null>
}

export function checklist(): Checklist {
  const checks: Check[] = []
  const passed = (name: CheckName) =>
    checks.some(({check, state}) => check === name && (state === 'ok' || state === 'warn'))
  return {
    checks,
    passed,
    async check(name, needs, look) {
      const lacking = needs.find((one) => !passed(one))
      if (lacking !== undefined) {
        checks.push({check: name, ...skipped(`waits for: ${lacking}`)})
        return null
      }
      try {
        const {gives, ...found} = await look()
        checks.push({check: name, ...found})
        return gives ?? null
      } catch (error) {
        if (!(error instanceof PosternError)) throw error
        const {next} = error.facts
        checks.push({check: name, state: 'failed', what: error.message, code: error.code, ...(next && {next})})
        return null
      }
    },
  }
}

/** The first failure as the error that the command ends with; null: there is none. */
export function verdict(checks: readonly Check[]): PosternError | null {
  const failures = checks.filter(({state}) => state === 'failed')
  const [first] = failures
  if (first === undefined) return null
  const many = failures.length === 1 ? 'One check failed' : `${failures.length} checks failed; the first`
  return new PosternError(
    first.code ?? 'failed',
    `${many}: ${first.check}.`,
    first.next === undefined ? {} : {next: first.next},
  )
}
