import {string as stringArg} from '@oclif/core/args'
import {PosternError} from '../../client/error.ts'
import {type Project, projectAt} from '../project/project.ts'
import type {World} from './world.ts'

export const folderArg = {
  folder: stringArg({
    default: '.',
    ignoreStdin: true,
    description: 'A folder of the project; by default the current one.',
  }),
}

/** The project that a folder belongs to. @throws PosternError `usage` where there is none, or its file is not right. */
export function projectOf(folder: string, {env, stderr}: Pick<World, 'env' | 'stderr'>): Project {
  const project = projectAt({cwd: folder, env, say: (line) => void stderr.write(`${line}\n`)})
  if (project !== null) return project
  throw new PosternError('usage', 'There is no postern.json in this folder or above.', {
    next: `Write one: {"environment": "ENV"}`,
  })
}
