import {projectAt} from './project.ts'

/** The scope of the current folder, as its project file says it; undefined: none. Which file it was goes to stderr. */
export async function scopeHere(): Promise<string | undefined> {
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const project = projectAt({cwd: process.cwd(), env: process.env, say})
  if (project?.scope === undefined) return undefined
  say(`Using ${project.path}: scope ${project.scope}.`)
  return project.scope
}
