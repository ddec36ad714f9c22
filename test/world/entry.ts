import type {Entry} from '../../src/server/values/load.ts'

/** An entry as it is stored: the secret `DB` in `prod` at version 2, unless something else is said. */
export const entry = (more: Partial<Entry>): Entry => ({
  id: 5,
  org_id: 1,
  kind: 'secret',
  scope: 'prod',
  key: 'DB',
  version: 2,
  length: 3,
  equality: Buffer.from('e'),
  locked: 0,
  deleted_at: null,
  purged_at: null,
  updated_at: '2026-01-01T00:00:00.000Z',
  updated_by: 'ann',
  owner: null,
  note: null,
  expires_at: null,
  rotate_days: null,
  first_version: 1,
  named_at: null,
  read_before_at: null,
  read_before_by: null,
  ...more,
})

/** What makes it a deleted one. */
export const deleted = {deleted_at: '2026-01-01T12:00:00.000Z'}
