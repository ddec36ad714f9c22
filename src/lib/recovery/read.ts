import {Buffer} from 'node:buffer'
import {readFile} from 'node:fs/promises'
import {PosternError} from '../../client/error.ts'
import {LETTERS, type RecoveryShare, readShare, readShareLine, shareOf} from '../../formats/recovery-share.ts'
import {canAsk} from '../command/confirm.ts'
import type {World} from '../command/world.ts'

/**
 * Shares from files, or typed on the terminal line by line until there are enough.
 * @throws PosternError that names the file by its place among the flags and the line by its letter, never what is in it.
 */
export async function readShares(files: readonly string[], world: World): Promise<RecoveryShare[]> {
  if (files.length > 0) return Promise.all(files.map(fromFile))
  if (canAsk(world)) return typed(world)
  throw new PosternError('usage', 'There is no terminal to type shares on.', {next: 'Name their files: --share FILE'})
}

async function fromFile(path: string, at: number): Promise<RecoveryShare> {
  const which = `The file of --share number ${at + 1}`
  const text = await readFile(path, 'utf8').catch(({code}: NodeJS.ErrnoException) => {
    throw new PosternError('usage', `${which} cannot be read (${code ?? 'failed'}).`, {
      next: 'Check its path and permissions.',
    })
  })
  const share = readShare(text)
  if (typeof share === 'object' && 'bytes' in share) return share
  if (share === 'missing') throw new PosternError('failed', `${which} holds no share: five lines, A to E, once each.`)
  if (share === 'format') throw unknown
  throw new PosternError('failed', `${which} is mistyped in line ${share.line}, or that line is of another share.`, {
    next: 'Compare it with the paper.',
  })
}

async function typed(world: World): Promise<RecoveryShare[]> {
  const shares: RecoveryShare[] = []
  do {
    const of = shares.length === 0 ? '' : ` of ${shares[0]!.threshold}`
    shares.push(await typedShare(`Share ${shares.length + 1}${of}`, world))
  } while (shares.length < shares[0]!.threshold)
  return shares
}

async function typedShare(which: string, {stdin: input, stderr: output}: World): Promise<RecoveryShare> {
  const prompts = await import('@inquirer/prompts')
  let all = Buffer.alloc(0)
  for (const letter of LETTERS) {
    const before = all
    const validate = (text: string) => readShareLine(text, before) !== null || 'It is mistyped: compare it once more.'
    const text = await prompts.input({message: `${which}, line ${letter}:`, validate}, {input, output})
    all = Buffer.concat([before, readShareLine(text, before)!])
  }
  const share = shareOf(all)
  if (share === null) throw unknown
  return share
}

const unknown = new PosternError('failed', 'A share is of a newer format.', {
  next: 'Use the version of Postern that made it, or a newer one.',
})
