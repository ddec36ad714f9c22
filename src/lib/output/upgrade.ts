/** What the next start would do to a store. */
interface Plan {
  engine: 'sqlite' | 'postgres'
  store: string
  program: string
  lastProgram: string | null
  step: string | null
  steps: readonly {name: string; rows: Readonly<Record<string, number>>; besideOlder: boolean}[]
  countedTo: number
  rootKey: {id: string; file: string} | null
  inUse: boolean
}

/** What would happen, for people. */
export function planText(plan: Plan): string {
  const {store, program, lastProgram, step, steps, rootKey} = plan
  const last = lastProgram === null ? '' : `, and was had last by Postern ${lastProgram}`
  const at = step === null ? 'has no schema yet' : `has the schema of step ${step}`
  const lines = [`The store in ${store} ${at}${last}. This is Postern ${program}.`]
  if (rootKey !== null) lines.push(`Its root key ${rootKey.id} is in ${rootKey.file}.`)
  if (steps.length === 0) lines.push('Nothing is to be done: a start changes nothing of the schema.')
  else
    lines.push(
      `The next start takes ${count(steps.length, 'step')}, all or none:`,
      ...steps.map((step) => stepLine(step, plan.countedTo)),
    )
  lines.push(...inTheWay(plan))
  if (steps.length > 0) lines.push('Make a backup first: without one there is no way back to the version before.')
  return lines.join('\n')
}

function stepLine({name, rows}: Plan['steps'][number], countedTo: number): string {
  const through = Object.entries(rows).map(
    ([table, number]) => `${count(number, 'row')}${number === countedTo ? ' or more' : ''} of ${table}`,
  )
  return through.length === 0 ? `  ${name}: at once` : `  ${name}: goes through ${through.join(', ')}`
}

function inTheWay({engine, steps, inUse}: Plan): string[] {
  if (!inUse || steps.length === 0) return []
  if (engine === 'sqlite') return ['A server has it now. Stop that one, then start this one.']
  return steps.every(({besideOlder}) => besideOlder)
    ? ['Servers are connected to it now. They may go on, and be replaced one after the other.']
    : ['Servers are connected to it now. Stop them all before: they would not write what this version expects.']
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`
