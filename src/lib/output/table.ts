const NO_LINES = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'left', 'left-mid']
    .concat(['mid', 'mid-mid', 'right', 'right-mid'])
    .map((part) => [part, '']),
)

/**
 * Rows as text, without a last newline: aligned under their headings for a terminal, else one line a row with tabs
 * between and no headings, for `cut` and `awk`.
 */
export async function table(headings: string[], rows: string[][], terminal: boolean): Promise<string> {
  if (!terminal) return rows.map((row) => row.join('\t')).join('\n')
  const {default: Table} = await import('cli-table3')
  const drawn = new Table({
    head: headings.map((heading) => heading.toUpperCase()),
    chars: {...NO_LINES, middle: '  '},
    style: {head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0},
  })
  drawn.push(...rows)
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}
