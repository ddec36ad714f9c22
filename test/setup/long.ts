/**
 * What takes minutes, and what `npm test` leaves to `npm run test:long`: servers that are killed, frozen and cut off,
 * several of them on one database, whole stores that are moved, thousands of entries and requests, clients that are waited
 * for, shells at their prompts, a clone that is built from nothing.
 */
export const long = [
  'test/cluster',
  'test/docs/cluster.test.ts',
  'test/e2e/archive.test.ts',
  'test/e2e/backup.test.ts',
  'test/e2e/first-minute.test.ts',
  'test/e2e/hook.test.ts',
  'test/e2e/hostile.test.ts',
  'test/e2e/migrate-store.test.ts',
  'test/e2e/random.test.ts',
  'test/e2e/upgrade.test.ts',
  'test/faults',
  'test/server/surfaces/slow-clients.test.ts',
]
