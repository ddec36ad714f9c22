import {PosternError} from '../../client/error.ts'

/** The bytes of variable `name` in an environment block (`NAME=bytes`, each ended by NUL); null: it is not there. */
export function variableIn(block: Buffer, name: string): Buffer | null {
  const wanted = Buffer.from(`${name}=`)
  for (let start = 0; start < block.length; ) {
    const end = block.indexOf(0, start)
    const stop = end === -1 ? block.length : end
    if (block.subarray(start, start + wanted.length).equals(wanted))
      return Buffer.from(block.subarray(start + wanted.length, stop))
    start = stop + 1
  }
  return null
}

/**
 * The bytes of an environment variable. Node puts U+FFFD for what is not UTF-8, so the system's own block comes first.
 * @throws PosternError `usage` when it is not set.
 */
export function readEnvironment(
  name: string,
  world: {env: Readonly<Record<string, string | undefined>>; environ(): Buffer | null},
): Buffer {
  const block = world.environ()
  const bytes = block && variableIn(block, name)
  if (bytes !== null) return bytes
  const text = world.env[name]
  if (text === undefined) throw notSet(name)
  return whole(text, 'The environment variable')
}

/** Names the variable when it looks like one: a value is easily typed in its place. */
function notSet(name: string): PosternError {
  const shown = /^[A-Z_][A-Z0-9_]{0,63}$/.test(name) ? ` ${name}` : ' that --from-env names'
  return new PosternError('usage', `The environment variable${shown} is not set.`, {
    next: 'Export it, or use another input mode.',
  })
}

/**
 * The bytes of a text that Node decoded.
 * @throws PosternError `value_refused` when it may have lost bytes at that.
 */
export function whole(text: string, what: string): Buffer {
  if (text.includes('\uFFFD'))
    throw new PosternError(
      'value_refused',
      `${what} has bytes that are not UTF-8, which do not arrive here unharmed.`,
      {
        next: 'Put the value into a file and use --from-file PATH.',
      },
    )
  return Buffer.from(text, 'utf8')
}
