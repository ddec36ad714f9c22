import {spawnSync} from 'node:child_process'
import {existsSync, realpathSync} from 'node:fs'
import {basename, dirname, join, relative, resolve} from 'node:path'
import {PosternError} from '../../client/error.ts'

/** Refuses a place that git would take into a repository. @throws PosternError `usage`. */
export function requireIgnored(path: string): void {
  let folder = dirname(resolve(path))
  // What is yet to be made lies in the repository of what it will be in.
  while (!existsSync(folder)) folder = dirname(folder)
  // Where links lead: git looks at nothing beyond one.
  const cwd = realpathSync(folder)
  const whole = join(cwd, relative(folder, resolve(path))) + (path.endsWith('/') ? '/' : '')
  // 0: ignored; 1: not, or tracked already; else there is no repository, or no git, or git does not trust who owns it.
  const {status} = spawnSync('git', ['check-ignore', '--quiet', '--', whole], {cwd, stdio: 'ignore'})
  if (status === 0 || (status !== 1 && !isInRepository(cwd))) return
  throw new PosternError(
    'usage',
    'The file of --out is in a git repository that does not ignore it; nothing was done.',
    {
      next: `Ignore it: echo ${basename(path)} >> .gitignore; or name a file elsewhere.`,
    },
  )
}

/** Whether a folder, or one that it lies in, is what git keeps a repository in. */
const isInRepository = (folder: string): boolean =>
  existsSync(join(folder, '.git')) || (dirname(folder) !== folder && isInRepository(dirname(folder)))
