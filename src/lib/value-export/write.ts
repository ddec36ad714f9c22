import {appendFileSync, mkdirSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {PosternError} from '../../client/error.ts'
import type {World} from '../command/world.ts'
import {writeFilled} from '../workload/template-file.ts'
import {type ExportFormat, encode, type Leaving} from './encode.ts'
import {GITHUB_LIMIT, maskCommands} from './github.ts'

interface Asked {
  format: ExportFormat
  out: string
  world: World
  warn: (text: string) => void
}

/** Whether a place is a folder, which gets a file for each key: it is one, or is written as one. */
export const isFolder = (out: string): boolean =>
  out.endsWith('/') || statSync(out, {throwIfNoEntry: false})?.isDirectory() === true

/** Writes secrets where they are to go: files are their owner's alone. @throws PosternError `value_refused`, `failed`. */
export async function writeOut(items: readonly Leaving[], {format, out, world, warn}: Asked): Promise<void> {
  if (out !== '-' && isFolder(out)) return writeFolder(items, out)
  const {text, unfit} = await encode(format, items)
  if (unfit !== undefined) {
    const named = unfit.map(({key, why}) => `${key} ${why}`).join('; ')
    throw new PosternError(
      'value_refused',
      `The format ${format} cannot hold all of it, and nothing was written: ${named}.`,
      {
        next: 'Use another format: json holds every text, a folder (--out DIR/) every value.',
      },
    )
  }
  if (format === 'github') return writeForGithub(items, text, {out, world, warn})
  if (out === '-') world.stdout.write(text)
  else writeFilled(out, text)
}

function writeFolder(items: readonly Leaving[], folder: string): void {
  try {
    mkdirSync(folder, {recursive: true, mode: 0o700})
  } catch (error) {
    throw new PosternError(
      'failed',
      `The folder cannot be made (${(error as NodeJS.ErrnoException).code ?? 'failed'}).`,
    )
  }
  for (const {key, bytes} of items) writeFilled(join(folder, key), bytes)
}

/** The runner is told what to mask before a file has it; the file is added to, as other steps do. */
function writeForGithub(items: readonly Leaving[], text: string, {out, world, warn}: Omit<Asked, 'format'>): void {
  for (const {key, bytes} of items) {
    if (bytes.length > GITHUB_LIMIT)
      warn(`${key} has more than 48 KiB, the most that GitHub takes for a secret of its own.`)
    for (const command of maskCommands(bytes.toString('utf8'))) world.stdout.write(`${command}\n`)
  }
  try {
    appendFileSync(out, text, {mode: 0o600})
  } catch (error) {
    throw new PosternError(
      'failed',
      `The file cannot be written (${(error as NodeJS.ErrnoException).code ?? 'failed'}).`,
    )
  }
}
