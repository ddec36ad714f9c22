import {PosternError} from '../../client/error.ts'
import {nearest} from '../../contract/nearest.ts'

interface Typed {
  /** What was typed, command words first. */
  argv: readonly string[]
  config: {commandIDs: string[]}
}

/** oclif's `command_not_found` hook: says what exists that is near, runs nothing, and repeats nothing of what was typed. */
export default async function commandNotFound({argv, config}: Typed): Promise<void> {
  const problem = unknownCommand(argv, config.commandIDs)
  const end = argv.indexOf('--')
  if (argv.slice(0, end === -1 ? argv.length : end).includes('--json'))
    process.stdout.write(`${JSON.stringify({error: problem.toJSON()}, null, 2)}\n`)
  else {
    const {errorText} = await import('../output/error-text.ts')
    process.stderr.write(errorText(problem))
  }
  process.exitCode = problem.exitCode
}

/** The error for words that are no command. `ids` are oclif's: `secret:set`. */
export function unknownCommand(argv: readonly string[], ids: readonly string[]): PosternError {
  const topic: string[] = []
  let below = ids.map((id) => id.split(':'))
  for (const word of argv) {
    const inside = below.filter(([first, ...rest]) => first === word && rest.length > 0)
    if (inside.length === 0) break
    topic.push(word)
    below = inside.map(([, ...rest]) => rest)
  }
  const known = [...new Set(below.map(([first]) => first as string))].sort()
  const word = argv[topic.length] ?? ''
  const place = ['postern', ...topic].join(' ')
  const elsewhere = ids.map((id) => id.split(':')).filter((path) => path.at(-1) === word)
  const near = nearest(word, known)
  const guess = near === null ? '' : ` Did you mean: ${place} ${near}`
  // A word that is a command elsewhere was not mistyped: `secret get` does not mean `secret set`.
  const hint =
    elsewhere.length === 0 ? guess : ` There is: ${elsewhere.map((path) => `postern ${path.join(' ')}`).join(', ')}`
  return new PosternError('usage', `${place} has no such command. It has: ${known.join(', ')}.${hint}`, {
    next: `${place} --help`,
  })
}
