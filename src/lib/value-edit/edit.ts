import {isUtf8} from 'node:buffer'
import {readFileSync} from 'node:fs'
import {PosternError} from '../../client/error.ts'
import {fromWire} from '../../client/wire-value.ts'
import type {Written} from '../../contract/routes/shared.ts'
import type {ValueType} from '../../contract/value-type.ts'
import {mountFolder} from '../../sdk/mounted-folder.ts'
import type {Client} from '../command/base.ts'
import {canAsk, confirm} from '../command/confirm.ts'
import {wireForm} from '../command/wire-form.ts'
import type {World} from '../command/world.ts'
import {consentToReveal} from '../value-export/consent.ts'
import {check} from '../value-input/check.ts'
import type {Source} from '../value-input/choose.ts'
import {trim} from '../value-input/trim.ts'
import {openInEditor} from './editor.ts'

export interface Editing {
  client: Client
  scope: string
  key: string
  flags: {reveal: boolean; seal: boolean; 'allow-empty': boolean}
  world: World
  warn: (text: string) => void
}

/** What was opened. `version`: 0 where there was no value. */
interface Opened {
  version: number
  type: ValueType
  bytes: Buffer
}

/** What became of it; `written` null: nothing was changed. */
export interface Edited {
  version: number
  written: Written | null
  newlineDropped: boolean
}

/**
 * Opens a secret in the user's editor, in a file of a private folder in memory, and sets it to what was saved, if nobody else
 * did meanwhile. Where that is refused, a person at a terminal may open the text again. A secret without a value begins empty.
 * @throws PosternError `usage` for a kind that is not edited as text, those of `openInEditor`, `check` and the calls.
 */
export async function editSecret(editing: Editing): Promise<Edited> {
  const {client, scope, key, flags, world, warn} = editing
  const {permissions} = await client.call('whoami', {params: {}})
  if (!permissions.includes('secrets.write'))
    throw new PosternError('forbidden', 'What is edited is written, which needs the permission secrets.write.')
  const form = await wireForm(client, 'secret', flags, world)
  const opened = await open(editing)
  const folder = mountFolder(world.env)
  try {
    if (!folder.inMemory)
      warn(`No place in memory was found for it: while it is edited, it is on the disk, in ${folder.path}.`)
    const file = folder.write(opened.type === 'fields' ? `${key}.json` : key, opened.bytes)
    let expectVersion = opened.version
    for (;;) {
      await openInEditor(file, world.env)
      try {
        const {bytes, newlineDropped} = saved(file, opened, flags, warn)
        if (bytes.equals(opened.bytes)) return {version: opened.version, written: null, newlineDropped}
        const written = await client.call('secretsSet', {
          params: {org: client.org, key},
          query: {scope},
          body: {value: await form({scope, key}, bytes), type: opened.type, expectVersion},
        })
        bytes.fill(0)
        return {version: written.version, written, newlineDropped}
      } catch (error) {
        if (!(error instanceof PosternError) || !canAsk(world)) throw error
        expectVersion = await again(error, expectVersion, world)
      }
    }
  } finally {
    opened.bytes.fill(0)
    folder.remove()
  }
}

async function open({client, scope, key, flags, world, warn}: Editing): Promise<Opened> {
  const named = {params: {org: client.org, key}, query: {scope, limit: 1}}
  const newest = await client.call('secretsHistory', named).catch((error: unknown) => {
    if (error instanceof PosternError && error.code === 'not_found') return {items: []}
    throw error
  })
  const [current] = newest.items
  if (current?.state !== 'current') {
    warn(`${key} has no value in ${scope}: what you save becomes it.`)
    return {version: 0, type: 'string', bytes: Buffer.alloc(0)}
  }
  if (current.type === 'totp' || current.type === 'reference')
    throw new PosternError('usage', `${key} is a ${current.type}: readers get something else than what is stored.`, {
      next: `Set it anew: postern secret set --scope ${scope} ${key} --${current.type}${current.type === 'totp' ? '' : " 'TEXT'"}`,
    })
  await consentToReveal(`Open ${key} of ${scope} in the editor?`, flags.reveal, world)
  const {items} = await client.call('secretsReveal', {params: {org: client.org}, query: {scope, key}})
  const {version, type, value} = items[0]!
  return {version, type, bytes: fromWire(value)}
}

/** What the editor left. An editor ends a file with a newline; a value that had none gets none by that. */
function saved(file: string, {type, bytes: before}: Opened, flags: Editing['flags'], warn: Editing['warn']) {
  const trims = before.at(-1) !== 0x0a
  const {bytes, dropped} = trim(readFileSync(file), {trims})
  if (bytes.equals(before)) return {bytes, newlineDropped: false}
  const source: Source = {
    mode: 'file',
    path: file,
    trims,
    allowEmpty: flags['allow-empty'],
    binary: type === 'file' || !isUtf8(before),
    fingerprint: null,
  }
  for (const notice of check(bytes, dropped, source)) warn(notice)
  return {bytes, newlineDropped: dropped !== null && before.length === 0}
}

/** Asks whether to go on with what was typed, and gives the version that it is to be put over. @throws what went wrong, if not. */
async function again(error: PosternError, expectVersion: number, world: World): Promise<number> {
  const {message, facts} = error
  world.stderr.write(`${message}\n`)
  const over = error.code === 'version_conflict' ? (facts.currentVersion ?? expectVersion) : expectVersion
  const question =
    over === expectVersion ? 'Open what you wrote again?' : `Open what you wrote again, to put it over version ${over}?`
  await confirm(question, world).catch(() => {
    throw error
  })
  return over
}
