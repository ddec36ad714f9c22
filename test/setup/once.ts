/**
 * What `npm run test:postgres` does not run again on PostgreSQL: folders and files. All else runs on both engines, and so
 * does a new file as long as it is not named here.
 */
export const once = [
  // No store is in them, or nothing of it is what they are about.
  'test/bin',
  'test/build',
  'test/client',
  'test/contract',
  'test/docs',
  'test/formats',
  'test/lib',
  'test/dashboard/forged.test.ts',
  'test/dashboard/others.test.ts',
  'test/dashboard/pages.test.ts',
  'test/e2e/answers.test.ts',
  'test/e2e/completion.test.ts',
  'test/e2e/doctor.test.ts',
  'test/e2e/edit.test.ts',
  'test/e2e/generate.test.ts',
  'test/e2e/git-credential.test.ts',
  'test/e2e/hook.test.ts',
  'test/e2e/outside.test.ts',
  'test/e2e/page.test.ts',
  'test/e2e/prompt.test.ts',
  'test/e2e/recovery-kit.test.ts',
  'test/e2e/sdk.test.ts',
  'test/e2e/start-up.test.ts',
  'test/e2e/tired.test.ts',
  'test/server/data-folder.test.ts',
  'test/server/database.test.ts',
  'test/server/environment.test.ts',
  'test/server/listen.test.ts',
  'test/server/logger.test.ts',
  'test/server/settings.test.ts',
  'test/server/sso',
  'test/server/tls',
  // What they need of either engine they make themselves.
  'test/cluster',
  'test/e2e/database.test.ts',
  'test/e2e/migrate-store.test.ts',
  'test/e2e/upgrade.test.ts',
  'test/faults/postgres.test.ts',
  'test/server/store/schema.test.ts',
  // They are of a store that is files in a folder.
  'test/e2e/first-minute.test.ts',
  'test/e2e/backup.test.ts',
  'test/faults/disk.test.ts',
  'test/faults/two-servers.test.ts',
  // `npm run test:rounds` has them on both.
  'test/faults/first-start.test.ts',
  'test/faults/kill.test.ts',
]
