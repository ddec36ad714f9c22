import {spawnSync} from 'node:child_process'
import {existsSync} from 'node:fs'
import {basename, dirname, resolve} from 'node:path'
import {PosternError} from '../../client/error.ts'

/** Refuses a place that git would take into a repository. @throws PosternError `usage`. */
export function requireIgnored(path: string): void {
  const whole = resolve(path) + (path.endsWith('/') ? '/' : '')
  // 0: ignored; 1: not, or tracked already; else there is no repository, or no git.
  let cwd = dirname(whole)
  // What is yet to be made lies in the repository of what it will be in.
  while (!existsSync(cwd)) cwd = dirname(cwd)
  const {status} = spawnSync('git', ['check-ignore', '--quiet', '--', whole], {cwd, stdio: 'ignore'})
  if (status !== 1) return
  throw new PosternError(
    'usage',
    'The file of --out is in a git repository that does not ignore it; nothing was done.',
    {
      next: `Ignore it: echo ${basename(whole)} >> .gitignore; or name a file elsewhere.`,
    },
  )
}
