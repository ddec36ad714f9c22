import {readFileSync} from 'node:fs'
import {PosternError} from '../../client/error.ts'

/** The keys that a file declares, as an `.env.example` does: `KEY`, `KEY=anything`, `export KEY=…`; `#` begins a comment. @throws PosternError `usage`. */
export function declaredKeys(path: string): string[] {
  const keys = new Set<string>()
  for (const [index, line] of textOf(path).split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue
    const [, key] = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*(?:=.*|#.*)?$/.exec(line) ?? []
    // What stands there may be a value: it is not repeated.
    if (key === undefined)
      throw new PosternError('usage', `Line ${index + 1} of --example declares no key: it is KEY or KEY=….`)
    keys.add(key)
  }
  return [...keys].sort()
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    throw new PosternError('usage', `The file that --example names cannot be read (${code ?? 'failed'}).`)
  }
}
