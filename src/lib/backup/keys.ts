import {readFile} from 'node:fs/promises'
import {PosternError} from '../../client/error.ts'
import {canAsk} from '../command/confirm.ts'
import type {World} from '../command/world.ts'
import type {Keepers, Openers} from './encryption.ts'

interface KeeperFlags {
  recipient?: readonly string[] | undefined
  'recipients-file'?: readonly string[] | undefined
  'passphrase-file'?: string | undefined
}

interface OpenerFlags {
  identity?: readonly string[] | undefined
  'passphrase-file'?: string | undefined
}

/**
 * Whom a new backup is encrypted to, as the flags say; without any, a passphrase that is asked for twice.
 * @throws PosternError `usage` when there is no terminal to ask on, or a file cannot be read. It repeats nothing.
 */
export async function keepersOf(flags: KeeperFlags, world: World): Promise<Keepers> {
  const {recipient = [], 'recipients-file': files = [], 'passphrase-file': passphraseFile} = flags
  if (recipient.length + files.length > 0) {
    const listed = await Promise.all(files.map((path) => linesOf(path, '--recipients-file')))
    return {recipients: [...recipient, ...listed.flat()]}
  }
  if (passphraseFile !== undefined) return {passphrase: await passphraseIn(passphraseFile)}
  if (!canAsk(world))
    throw new PosternError('usage', 'A backup is encrypted: say to whom.', {
      next: '--recipient age1… or --passphrase-file FILE; on a terminal, a passphrase is asked for',
    })
  const passphrase = await ask('Passphrase of the backup:', world)
  if (passphrase === '') throw new PosternError('usage', 'The passphrase is empty; nothing was written.')
  if ((await ask('The same again:', world)) !== passphrase)
    throw new PosternError('usage', 'The two passphrases are not the same; nothing was written.')
  return {passphrase}
}

/** What opens a backup, as the flags say; without any, a passphrase that is asked for. @throws as `keepersOf`. */
export async function openersOf(flags: OpenerFlags, world: World): Promise<Openers> {
  const {identity = [], 'passphrase-file': passphraseFile} = flags
  if (identity.length > 0) {
    const listed = await Promise.all(identity.map((path) => linesOf(path, '--identity')))
    return {identities: listed.flat()}
  }
  if (passphraseFile !== undefined) return {passphrase: await passphraseIn(passphraseFile)}
  if (!canAsk(world))
    throw new PosternError('usage', 'The backup is encrypted: say what opens it.', {
      next: '--identity FILE or --passphrase-file FILE; on a terminal, the passphrase is asked for',
    })
  return {passphrase: await ask('Passphrase of the backup:', world)}
}

async function ask(message: string, world: World): Promise<string> {
  const {password} = await import('@inquirer/prompts')
  return password({message, toggleMask: false}, {input: world.stdin, output: world.stderr})
}

/** The lines of an age file: no blank one, no comment. */
async function linesOf(path: string, flag: string): Promise<string[]> {
  const lines = (await textOf(path, flag)).split(/\r?\n/).map((line) => line.trim())
  const those = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (those.length > 0) return those
  throw new PosternError('usage', `A file that ${flag} names holds nothing but blank lines and comments.`)
}

/** A passphrase is a file's first line, without its end. */
async function passphraseIn(path: string): Promise<string> {
  const [line = '', ...more] = (await textOf(path, '--passphrase-file')).replace(/\r?\n$/, '').split(/\r?\n/)
  if (line !== '' && more.length === 0) return line
  throw new PosternError('usage', 'The file that --passphrase-file names does not hold one line.', {
    next: 'Put the passphrase into it, and nothing else.',
  })
}

const textOf = (path: string, flag: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new PosternError('usage', `A file that ${flag} names cannot be read (${error.code ?? 'failed'}).`, {
      next: 'Check its path and permissions.',
    })
  })
