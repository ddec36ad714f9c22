import {RE2JS} from 're2js'
import {hostRank} from '../../contract/binding-pattern.ts'

/** Patterns that were compiled, the newest last: those of a few thousand bindings. */
const compiled = new Map<string, RE2JS>()
const MOST = 4096

/** A regular expression that takes time by the length of the text alone, whoever wrote it. @throws when it is none. */
function expression(source: string): RE2JS {
  const kept = compiled.get(source)
  if (kept !== undefined) return kept
  const made = RE2JS.compile(source)
  if (compiled.size >= MOST) compiled.delete(compiled.keys().next().value!)
  compiled.set(source, made)
  return made
}

/** Of a glob: `*` stands for any text, `?` for one character. */
const ofGlob = (glob: string): string =>
  glob
    .replace(/[^*?]+/g, RE2JS.quote)
    .replaceAll('*', '.*')
    .replaceAll('?', '.')

/** Whether a glob fits a whole text. */
export const fits = (glob: string, text: string): boolean => expression(ofGlob(glob)).matches(text)

/** Whether a binding's pattern of hosts fits a host; null: none is known, and only `**` fits. A regular expression must fit all of it. */
export function fitsHost(hosts: string, host: string | null): boolean {
  if (hosts === '**') return true
  if (host === null) return false
  if (hostRank(hosts) === 2) return hosts === host
  return hosts.startsWith('/') ? expression(hosts.slice(1, -1)).matches(host) : fits(hosts, host)
}

/** Whether a pattern of hosts can be used at all. */
export function isUsable(hosts: string): boolean {
  if (!hosts.startsWith('/')) return true
  try {
    RE2JS.compile(hosts.slice(1, -1))
    return true
  } catch {
    return false
  }
}
