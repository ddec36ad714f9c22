// The PostgreSQL of the tests, for the benchmarks too: one way to start it.
import {join, resolve} from 'node:path'
import {build} from 'esbuild'

const root = resolve(import.meta.dirname, '..')

/** A real PostgreSQL under `within`, with its own settings: what it has committed is on the disk. */
export async function durablePostgres(within) {
  const {postgresCluster, query} = await fromTests('postgres')
  const cluster = await postgresCluster({within})
  const [{version, fsync, commit}] = await query(
    cluster.url('postgres'),
    `select current_setting('server_version') as version, current_setting('fsync') as fsync,
            current_setting('synchronous_commit') as commit`,
  )
  return {...cluster, about: `PostgreSQL ${version}, fsync ${fsync}, synchronous_commit ${commit}, 127.0.0.1, no TLS`}
}

/** Loads a module of test/world, which is TypeScript; Node 20 takes none. */
async function fromTests(name) {
  const outfile = join(root, 'build/bench', `${name}.js`)
  await build({
    entryPoints: [join(root, 'test/world', `${name}.ts`)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  })
  return import(outfile)
}
