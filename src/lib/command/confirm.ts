import {PosternError} from '../../client/error.ts'

interface Asked {
  stdin: NodeJS.ReadableStream
  stderr: NodeJS.WritableStream
  stdinIsTerminal: boolean
  stderrIsTerminal: boolean
}

/** Whether somebody is there to answer. */
export const canAsk = (world: Asked): boolean => world.stdinIsTerminal && world.stderrIsTerminal

/**
 * Asks `question` on the terminal and returns when the answer is yes.
 * @throws PosternError `failed` when it is no, `interrupted` on Ctrl-C.
 */
export async function confirm(question: string, world: Asked): Promise<void> {
  const prompts = await import('@inquirer/prompts')
  const yes = await prompts
    .confirm({message: question, default: false}, {input: world.stdin, output: world.stderr})
    .catch(() => {
      throw new PosternError('interrupted', 'Interrupted; nothing was changed.')
    })
  if (!yes) throw new PosternError('failed', 'Not confirmed; nothing was changed.')
}

/**
 * Asks for `name` to be typed, for what cannot be undone, and returns when it was.
 * @throws PosternError `failed` when it was not, `interrupted` on Ctrl-C.
 */
export async function confirmByTyping(name: string, world: Asked): Promise<void> {
  const prompts = await import('@inquirer/prompts')
  const typed = await prompts
    .input({message: `Type ${name} to go ahead:`}, {input: world.stdin, output: world.stderr})
    .catch(() => {
      throw new PosternError('interrupted', 'Interrupted; nothing was changed.')
    })
  if (typed !== name) throw new PosternError('failed', 'Not confirmed; nothing was changed.')
}

/**
 * The refusal of a change that needs a yes where nobody can be asked.
 * @throws PosternError `usage`, naming `--yes`.
 */
export function requireYes(yes: boolean, world: Asked): void {
  if (!yes && !canAsk(world))
    throw new PosternError('usage', 'This asks before it changes anything, and there is no terminal to ask on.', {
      next: 'Add --yes to go ahead without being asked.',
    })
}
