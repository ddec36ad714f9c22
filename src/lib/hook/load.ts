import {PosternError} from '../../client/error.ts'
import type {Client} from '../command/base.ts'
import type {World} from '../command/world.ts'
import {isAllowed, pinOf} from '../project/allowed.ts'
import {type Project, projectAt} from '../project/project.ts'
import {childEnvironment} from '../run/child-environment.ts'
import {valuesNow} from '../run/given.ts'
import type {Shell} from './script.ts'

/** What a shell is told where there is nothing to load. */
export const UNLOAD = '_postern_unload\n'

interface Asked {
  shell: Shell
  cwd: string
  world: Pick<World, 'env'>
  client: (project: Project) => Promise<Client>
  say: (line: string) => void
}

/**
 * The code that a shell evaluates in a folder: it unloads what is loaded and sets what the project's environment gives. Empty: that is
 * loaded already. A project that was not allowed, or names no environment, gives nothing.
 * @throws PosternError as the project file and the server have it, and for names and values that a shell must not get.
 */
export async function codeFor({shell, cwd, world: {env}, client, say}: Asked): Promise<string> {
  const project = projectAt({cwd, env, say})
  if (project === null || project.environment === undefined) return UNLOAD
  if (!isAllowed(project, env)) {
    say(`postern: ${project.path} is not allowed to load anything, or was changed. Read it, then: postern allow`)
    return UNLOAD
  }
  const {environment, only, component} = project
  const key = `${pinOf(project)} ${component ?? ''}`
  if (env._POSTERN_KEY === key) return ''
  const {resolved} = await valuesNow({client: await client(project), environment, filters: {only}})
  const own = resolved.items.find((item) => /^_postern_|^_*fish_|^(?:OLD)?PWD$/i.test(item.key))
  if (own !== undefined)
    throw new PosternError('value_refused', `${own.key} of scope ${own.scope} is a name that the shell itself uses.`, {
      next: 'Leave it out: "only" in postern.json.',
    })
  const variables = childEnvironment({}, resolved.items, new Map(), {
    clean: true,
    keep: [],
    preserve: false,
    prefix: '',
    allow: [],
  })
  const quoted = quotes[shell]
  const setKey = shell === 'fish' ? 'set -gx _POSTERN_KEY ' : 'export _POSTERN_KEY='
  say(`postern: loaded ${variables.size} from ${environment}, as ${project.path} says`)
  return [
    UNLOAD,
    `${setKey}${quoted(key)}\n`,
    ...[...variables].map(([name, text]) => `_postern_set ${name} ${quoted(text)}\n`),
  ].join('')
}

/** A text as one word: in POSIX shells nothing is special between single quotes, in fish a backslash and a quote. */
const posix = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
const quotes: Record<Shell, (text: string) => string> = {
  bash: posix,
  zsh: posix,
  fish: (text) => `'${text.replace(/[\\']/g, '\\$&')}'`,
}
