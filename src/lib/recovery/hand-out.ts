import {mkdir, open, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {PosternError} from '../../client/error.ts'
import {canAsk} from '../command/confirm.ts'
import type {World} from '../command/world.ts'

/** A page, and the name of its file. */
export interface Page {
  name: string
  text: string
}

/** @throws PosternError `usage` where pages would go into a pipe, or between lines of JSON. */
export function checkHandOut(out: string | undefined, json: boolean, world: World): void {
  if (out !== undefined || (!json && world.stdoutIsTerminal && canAsk(world))) return
  throw new PosternError('usage', 'A root key is shown on a terminal or written to files, and into no pipe.', {
    next: '--out DIR writes each page to a file of its own',
  })
}

/** Writes each page into a file of its own, 0600, in a folder that is made when it is not there. Gives the paths. @throws PosternError when one is there already; then none is written. */
export async function writePages(folder: string, pages: readonly Page[]): Promise<string[]> {
  const written: string[] = []
  try {
    await mkdir(folder, {recursive: true, mode: 0o700})
    for (const {name, text} of pages) {
      const path = join(folder, name)
      const file = await open(path, 'wx', 0o600)
      written.push(path)
      await file.writeFile(text)
      await file.sync()
      await file.close()
    }
    return written
  } catch (error) {
    for (const path of written) await rm(path, {force: true})
    const {code} = error as NodeJS.ErrnoException
    throw code === 'EEXIST'
      ? new PosternError('failed', 'The folder that --out names has such files already.', {
          next: 'Name another folder.',
        })
      : new PosternError('failed', `The files cannot be written (${code ?? 'failed'}).`, {
          next: 'Check the path and permissions of --out.',
        })
  }
}

/** What the terminal showed, and how far one could scroll back. */
const CLEARED = '\u001b[2J\u001b[3J\u001b[H'

/** Shows each page alone, until somebody says that it is on paper; then the terminal is cleared. */
export async function showPages(pages: readonly Page[], world: World): Promise<void> {
  const {confirm} = await import('@inquirer/prompts')
  const terminal = {input: world.stdin, output: world.stderr, clearPromptOnDone: true}
  for (const {text} of pages) {
    world.stdout.write(`${CLEARED}${text}\n`)
    while (!(await confirm({message: 'Is this page on paper, every line compared?', default: false}, terminal)));
    world.stdout.write(CLEARED)
  }
}
