import {postgresCluster} from '../world/postgres.ts'

/** One PostgreSQL for all tests of a run; each world has a database of its own on it. It forgets what a power cut would. */
export default async function setup(): Promise<() => Promise<void>> {
  const cluster = await postgresCluster({settings: ['fsync=off', 'full_page_writes=off']})
  process.env.POSTERN_TEST_DATABASES = cluster.url('')
  return cluster.remove
}
