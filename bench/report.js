/** Prints what was measured, and keeps the goals for the end. */
export function createReport(print = console.log) {
  const goals = []
  const broken = []
  return {
    section: (title, notes = []) => {
      print(`\n${title}`)
      for (const note of notes) print(`  ${note}`)
    },
    note: (text) => print(`  ${text}`),
    /** Rows of text, the first two columns to the left. */
    table: (head, rows) => {
      const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => String(row[at]).length)))
      const line = (row) =>
        row.map((text, at) => (at < 2 ? String(text).padEnd(widths[at]) : String(text).padStart(widths[at]))).join('  ')
      for (const row of [head, ...rows]) print(`  ${line(row).trimEnd()}`)
    },
    /** A goal has a `least` or a `most`; both are in `unit`. */
    goal: (goal) => {
      goals.push(goal)
      print(`  goal: ${told(goal)}`)
    },
    failed: (section, error) => {
      broken.push(section)
      print(`  could not be measured: ${error.stack ?? error}`)
    },
    /** Whether everything could be measured. */
    summary: () => {
      print(`\ngoals: ${goals.filter(isMet).length} met, ${goals.filter((goal) => !isMet(goal)).length} missed`)
      for (const goal of goals) print(`  ${told(goal)}`)
      for (const section of broken) print(`  ${section}: could not be measured`)
      return broken.length === 0
    },
  }
}

const isMet = ({measured, least, most}) =>
  measured !== null && (least === undefined ? measured <= most : measured >= least)

function told(goal) {
  const {what, measured, least, most, unit, from} = goal
  const bound = least === undefined ? `at most ${number(most)}` : `at least ${number(least)}`
  const source = from === undefined ? '' : ` (${from})`
  return `${isMet(goal) ? 'met   ' : 'missed'} ${what}: ${number(measured)}, ${bound} ${unit}${source}`
}

/** A number as people read it: three digits matter. */
export function number(value) {
  if (value === null || value === undefined) return '-'
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en-US', {minimumFractionDigits: digits, maximumFractionDigits: digits})
}

/** How often `b` is in `a`. */
export const ratio = (a, b) => (b > 0 ? (a / b).toFixed(2) : '-')

/** The columns of what a load measured of the processor. */
export const coreColumns = ['server', 'database', 'load', 'others']
export const cores = (of) => coreColumns.map((name) => (of === null ? '-' : of[name].toFixed(2)))
