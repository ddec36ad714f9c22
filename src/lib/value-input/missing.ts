import {PosternError} from '../../client/error.ts'
import type {Written} from '../../contract/routes/shared.ts'
import {SecretValue} from '../../formats/secret-value.ts'
import {allItems} from '../command/all-pages.ts'
import type {Client} from '../command/base.ts'
import {wireForm} from '../command/wire-form.ts'
import type {World} from '../command/world.ts'
import {check} from './check.ts'
import {choose, type Source} from './choose.ts'
import type {ValueFlags} from './flags.ts'
import {read} from './read.ts'
import {readValue} from './read-value.ts'

interface Asked {
  scope: string
  flags: ValueFlags & {seal: boolean}
  world: World
  client: () => Promise<Client>
  warn: (text: string) => void
  /** Told of each write as it is done. */
  done: (written: Written) => void
}

/**
 * Gives every secret of a scope that was declared without a value its value: asks for each on a terminal, makes each, or takes
 * them from a JSON object (key to text) in a file or on stdin. A name that got a value in between is left as it is (exit 6).
 * @throws PosternError `usage` before anything is written when the file holds something else.
 */
export async function setMissing({scope, flags, world, client, warn, done}: Asked): Promise<Written[]> {
  const source = choose(flags, world)
  if (source.mode === 'env' || source.mode === 'argv' || source.binary || source.fingerprint !== null) {
    throw new PosternError(
      'usage',
      '--missing takes many values: it asks for each, makes each, or reads a JSON object.',
      {
        next: 'Use it on a terminal, with --generate FORM, or with --from-file PATH.',
      },
    )
  }
  const to = await client()
  const form = await wireForm(to, 'secret', flags, world)
  const params = {org: to.org}
  const items = await allItems((cursor) =>
    to.call('secretsList', {params, query: {scope, missing: true, limit: 1000, cursor}}),
  )
  const missing = items.map((item) => item.key)
  const values = source.mode === 'prompt' || source.mode === 'generate' ? null : await fromJson(source, missing, world)
  const results: Written[] = []
  for (const key of values === null ? missing : missing.filter((name) => values.has(name))) {
    const value = values?.get(key) ?? (await readValue(source, key, world, warn)).value
    const body = {value: await form({scope, key}, value.bytes()), expectVersion: 0}
    const written = await to.call('secretsSet', {params: {...params, key}, query: {scope}, body})
    value.wipe()
    done(written)
    results.push(written)
  }
  return results
}

async function fromJson(source: Source, missing: readonly string[], world: World): Promise<Map<string, SecretValue>> {
  const given = parse(await read(source, 'the values', world))
  const entries = Object.entries(given).map(([key, text]): [string, SecretValue] => {
    if (typeof text !== 'string') throw refused('A value in it is not a text.')
    const bytes = Buffer.from(text, 'utf8')
    if (bytes.toString('utf8') !== text) throw refused('A value in it has half a surrogate pair, which is no text.')
    check(bytes, null, source)
    return [key, new SecretValue(bytes)]
  })
  const others = entries.filter(([key]) => !missing.includes(key)).length
  if (others > 0) throw refused(`${others} of its ${entries.length} keys are not names without a value in this scope.`)
  return new Map(entries)
}

function parse(bytes: Buffer): object {
  try {
    const given: unknown = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(bytes))
    if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given
  } catch {
    // The parser's own message would repeat what it read.
  }
  throw refused('It is not one.')
}

const refused = (why: string) =>
  new PosternError('usage', `--missing reads a JSON object of keys and texts. ${why} Nothing was written.`, {
    next: 'postern secret list --missing   shows the names.',
  })
