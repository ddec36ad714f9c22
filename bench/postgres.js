// The PostgreSQL of the tests, for the benchmarks too: one way to start it.
import {load} from './typescript.js'

/** A real PostgreSQL under `within`, with its own settings: what it has committed is on the disk. */
export async function durablePostgres(within) {
  const {postgresCluster, query} = await load('test/world/postgres.ts')
  const cluster = await postgresCluster({within})
  const [{version, fsync, commit}] = await query(
    cluster.url('postgres'),
    `select current_setting('server_version') as version, current_setting('fsync') as fsync,
            current_setting('synchronous_commit') as commit`,
  )
  return {...cluster, about: `PostgreSQL ${version}, fsync ${fsync}, synchronous_commit ${commit}, 127.0.0.1, no TLS`}
}
