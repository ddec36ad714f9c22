import type {Compared} from '../value-file/compare.ts'
import {table} from './table.ts'

/** What the states of a comparison are called where a file is to be brought in. */
const words = {absent: 'add', different: 'change', same: 'same', 'only-here': 'only in the scope'}

/** A line for each key that differs, and one that counts all; `prunes`: what the file does not have is to go. */
export async function comparedText(compared: readonly Compared[], prunes: boolean, terminal: boolean): Promise<string> {
  const rows = compared
    .filter(({state}) => state !== 'same')
    .map(({key, state, version}) => [
      state === 'only-here' && prunes ? 'delete' : words[state],
      key,
      version === 0 ? '' : `version ${version}`,
    ])
  const drawn = rows.length === 0 ? '' : `${await table(['change', 'key', 'stored'], rows, terminal)}\n`
  return `${drawn}${countsText(compared, prunes)}`
}

/** How many there are of each. */
export function countsText(compared: readonly Compared[], prunes: boolean): string {
  const count = (state: Compared['state']) => compared.filter((one) => one.state === state).length
  const parts = [`${count('absent')} to add`, `${count('different')} to change`, `${count('same')} the same`]
  const others = count('only-here')
  if (others > 0) parts.push(prunes ? `${others} to delete` : `${others} only in the scope, which stay`)
  return `${parts.join(', ')}.`
}
