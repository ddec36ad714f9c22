import {spawnSync} from 'node:child_process'

/**
 * Prints what commands cost against the bare `node`: the median of each, and the median of how often bare Node it was in
 * its round. Turn by turn, so that the machine's moods reach all alike. `gh` is there for comparison, where it is.
 */
export function startUp({node, program, env, rounds, report}) {
  const set = [node, program, 'secret', 'set', '--scope', 'bench', 'KEY']
  const commands = {
    'node -e 0': [node, '-e', '0'],
    'secret set --dry-run': [...set, '--dry-run'],
    'secret set': set,
    ...(spawnSync('gh', ['--version'], {env}).error ? {} : {'gh --version': ['gh', '--version']}),
  }
  const times = Object.fromEntries(Object.keys(commands).map((name) => [name, []]))
  // The first rounds write the code caches.
  for (let round = -3; round < rounds; round += 1) {
    for (const [name, argv] of Object.entries(commands)) {
      const began = performance.now()
      run(argv, env, `value ${round}`)
      if (round >= 0) times[name].push(performance.now() - began)
    }
  }
  const bare = times['node -e 0']
  const version = spawnSync(node, ['--version'], {encoding: 'utf8'}).stdout.trim()
  report.note(`Node ${version}, median of ${rounds} rounds`)
  report.table(
    ['command', 'ms', 'to bare Node'],
    Object.entries(times).map(([name, all]) => [
      name,
      median(all).toFixed(0),
      median(all.map((time, round) => time / bare[round])).toFixed(2),
    ]),
  )
}

/** Runs a command to its end. */
export function run([file, ...argv], env, input = '') {
  const {status, stderr} = spawnSync(file, argv, {env, input, timeout: 60_000})
  if (status !== 0) throw new Error(`${file} ${argv.join(' ')} ended with ${status}: ${stderr}`)
}

function median(all) {
  return all.toSorted((a, b) => a - b)[all.length >> 1]
}
