/**
 * What takes minutes, and what `npm test` leaves to `npm run test:long`: servers that are started again and again, killed, frozen
 * and cut off, several of them on one database, whole stores that are moved, thousands of entries and requests, clients that
 * are waited for, shells, editors and prompts on terminals, packages and clones that are built from nothing, examples of the
 * documentation, every door with every wrong name and every answer.
 */
export const long = [
  'test/bin/run.test.ts',
  'test/build/imports.test.ts',
  'test/cluster',
  'test/commands/server/start.test.ts',
  'test/dashboard/others.test.ts',
  'test/dashboard/pages.test.ts',
  'test/docs/cluster.test.ts',
  'test/docs/console.test.ts',
  'test/e2e/answers.test.ts',
  'test/e2e/archive.test.ts',
  'test/e2e/authority.test.ts',
  'test/e2e/backup.test.ts',
  'test/e2e/bulk.test.ts',
  'test/e2e/completion.test.ts',
  'test/e2e/database.test.ts',
  'test/e2e/doctor.test.ts',
  'test/e2e/edit.test.ts',
  'test/e2e/first-minute.test.ts',
  'test/e2e/hook.test.ts',
  'test/e2e/hostile.test.ts',
  'test/e2e/keys.test.ts',
  'test/e2e/limits.test.ts',
  'test/e2e/migrate-store.test.ts',
  'test/e2e/names.test.ts',
  'test/e2e/policy-file.test.ts',
  'test/e2e/random.test.ts',
  'test/e2e/recovery-kit.test.ts',
  'test/e2e/released.test.ts',
  'test/e2e/rotate-data-key.test.ts',
  'test/e2e/sdk.test.ts',
  'test/e2e/upgrade.test.ts',
  'test/faults',
  'test/lib/value-input/prompt.test.ts',
  'test/server/start.test.ts',
  'test/server/surfaces/overloaded.test.ts',
  'test/server/surfaces/slow-clients.test.ts',
]
