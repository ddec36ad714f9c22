import type {Written} from '../../contract/routes/shared.ts'
import {fingerprint} from '../../formats/fingerprint.ts'
import type {SecretValue} from '../../formats/secret-value.ts'
import {sizeOf} from './size.ts'

/** What a dry run of a set says and gives: made here alone, without the server. */
export function wouldSet(key: string, scope: string, value: SecretValue) {
  const sha256 = fingerprint(value.bytes())
  return {
    line: `[dry-run] would set ${key} in scope ${scope} sha256=${sha256}`,
    result: {dryRun: true, key, scope, sha256, length: value.length},
  }
}

/** A write in one line: what, where, which version, how long, when; or that nothing changed. */
export function writtenLine(written: Written & {locked?: boolean}, newlineDropped: boolean): string {
  const {key, scope, version, length, changed, updatedAt, locked} = written
  const bytes = sizeOf(length)
  const notes = [locked && 'locked against the dashboard', newlineDropped && 'a trailing newline was dropped']
  const note = notes.filter((text) => typeof text === 'string').join('; ')
  const line = changed
    ? `Set ${key} in ${scope}: version ${version}, ${bytes}, ${updatedAt}`
    : `Nothing changed: ${key} in ${scope} has this value already, version ${version}, ${bytes}, since ${updatedAt}`
  return note === '' ? line : `${line} (${note})`
}
