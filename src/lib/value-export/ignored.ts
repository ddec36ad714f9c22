import {spawnSync} from 'node:child_process'
import {basename, dirname, resolve} from 'node:path'
import {PosternError} from '../../client/error.ts'

/** Refuses a place that git would take into a repository. @throws PosternError `usage`. */
export function requireIgnored(path: string): void {
  const whole = resolve(path) + (path.endsWith('/') ? '/' : '')
  // 0: ignored; 1: not, or tracked already; else there is no repository, or no git.
  const {status} = spawnSync('git', ['check-ignore', '--quiet', '--', whole], {cwd: dirname(whole), stdio: 'ignore'})
  if (status !== 1) return
  throw new PosternError(
    'usage',
    'The file of --out is in a git repository that does not ignore it; nothing was done.',
    {
      next: `Ignore it: echo ${basename(whole)} >> .gitignore; or name a file elsewhere.`,
    },
  )
}
