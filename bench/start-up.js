import {spawnSync} from 'node:child_process'

/**
 * Prints what commands cost against the bare `node`: the median of each, and the median of how often bare Node it was in
 * its round. `gh` is there for comparison, where it is.
 */
export function startUp({node, program, env, rounds, report}) {
  const set = [node, program, 'secret', 'set', '--scope', 'bench', 'KEY']
  const times = compared(
    {
      'node -e 0': {argv: [node, '-e', '0'], env},
      'secret set --dry-run': {argv: [...set, '--dry-run'], env},
      'secret set': {argv: set, env},
      ...(spawnSync('gh', ['--version'], {env}).error ? {} : {'gh --version': {argv: ['gh', '--version'], env}}),
    },
    rounds,
  )
  const version = spawnSync(node, ['--version'], {encoding: 'utf8'}).stdout.trim()
  report.note(`Node ${version}, median of ${rounds} rounds`)
  report.table(['command', 'ms', 'to bare Node'], rowsOf(times))
}

/**
 * The median time of each command in milliseconds, and the median of how often the first one's it was in its round. Turn by
 * turn, so that the machine's moods reach all alike.
 */
export function compared(commands, rounds) {
  const names = Object.keys(commands)
  const times = Object.fromEntries(names.map((name) => [name, []]))
  // The first rounds write the code caches.
  for (let round = -3; round < rounds; round += 1) {
    for (const [name, {argv, env, cwd}] of Object.entries(commands)) {
      const began = performance.now()
      run(argv, env, {input: `value ${round}`, cwd})
      if (round >= 0) times[name].push(performance.now() - began)
    }
  }
  const first = times[names[0]]
  return Object.fromEntries(
    names.map((name) => [
      name,
      {ms: median(times[name]), toFirst: median(times[name].map((time, round) => time / first[round]))},
    ]),
  )
}

export const rowsOf = (times) =>
  Object.entries(times).map(([name, {ms, toFirst}]) => [name, ms.toFixed(0), toFirst.toFixed(2)])

/** Runs a command to its end, and gives what it printed. */
export function run([file, ...argv], env, {input = '', cwd} = {}) {
  const {status, stdout, stderr} = spawnSync(file, argv, {env, cwd, input, timeout: 60_000})
  if (status !== 0) throw new Error(`${file} ${argv.join(' ')} ended with ${status}: ${stderr}`)
  return stdout
}

function median(all) {
  return all.toSorted((a, b) => a - b)[all.length >> 1]
}
