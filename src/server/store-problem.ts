import {StartError} from './start-error.ts'
import {NewerStore} from './store/migrations/index.ts'
import type {StorePlace} from './store/store.ts'
import {NO_PASSWORD, SHARED_SESSIONS, storeFaultOf} from './store/store-fault.ts'

/** Why a store does not open, and what to do: never more of an error than its code. */
export function storeProblem(error: unknown, place: StorePlace): Error {
  if (error instanceof StartError) return error
  if (error instanceof NewerStore) return newer(error, place)
  return typeof place === 'string' ? embedded(error, place) : served(error, place.place)
}

function newer({step, program}: NewerStore, place: StorePlace): StartError {
  const where = typeof place === 'string' ? place : `the database ${place.place}`
  const named = program !== null && plain.test(program) ? `Postern ${program}` : null
  const which = plain.test(step) ? ` ${step}` : ''
  return new StartError(
    `The store in ${where} was upgraded by ${named ?? 'a newer Postern'}: its schema has the step${which}, which this program does not know.`,
    {
      next: `start ${named ?? 'that version'}, or a newer one; to go back to this one, restore the backup made before that upgrade; nothing was changed`,
    },
  )
}

/** Of what a database says, what is repeated. */
const plain = /^[\w.+-]{1,80}$/

function embedded(error: unknown, folder: string): StartError {
  const fault = storeFaultOf(error)
  if (fault === 'read-only' || fault === 'full') {
    return new StartError(`The store in ${folder} cannot be written to: it is ${fault}.`, {
      next:
        fault === 'full'
          ? 'make room on its disk; nothing was changed'
          : 'mount it for writing, and let the server’s user write to postern.db; nothing was changed',
    })
  }
  // A full disk is this too, where SQLite finds no room for what its processes share.
  if (fault === 'failing') {
    return new StartError(`The store in ${folder} cannot be opened: its disk is failing, or full.`, {
      next: 'look at the disk, and at the room there (df -h); nothing was changed',
    })
  }
  return new StartError(`The store in ${folder} cannot be opened: ${messageOf(error)}.`, {
    next: 'if it is damaged, restore the data folder from your backup; nothing was changed',
  })
}

const pooled: [string, string] = [
  'a pooler in between gives each transaction another session',
  'set it to session mode',
]

/** What PostgreSQL refuses at the door, by its code: what it says, and what to do. */
const refusals: Record<string, [string, string]> = {
  '28P01': ['the password is wrong', 'give the right one in POSTERN_DATABASE_URL, PGPASSWORD or ~/.pgpass'],
  [NO_PASSWORD]: ['it asks for a password', 'give it in POSTERN_DATABASE_URL, PGPASSWORD or ~/.pgpass'],
  '28000': ['it does not let this user in', 'create the user, or allow it in pg_hba.conf'],
  '3D000': ['there is no such database', 'make it: createdb'],
  '42501': ['the user may not make tables there', 'let it own the database: alter database … owner to …'],
  '53300': ['it has no connection free', 'raise its max_connections, or lower --database-pool'],
  '57P03': ['it is starting up or shutting down', 'wait, and start the server again'],
  [SHARED_SESSIONS]: pooled,
  // A prepared statement that the session does not know, or knows already: so it is another one's.
  '26000': pooled,
  '42P05': pooled,
  '25006': ['it is read-only', 'name the primary, not a replica'],
}

function served(error: unknown, place: string): StartError {
  const {code, system} = error as {code?: unknown; system?: unknown}
  const [why, next] = refusals[String(code)] ?? []
  if (why !== undefined)
    return new StartError(`The database ${place} cannot be used: ${why}.`, {next: `${next}; nothing was changed`})
  if (system !== undefined) {
    const named = system === null ? '' : ` (${system})`
    return new StartError(`The database ${place} cannot be reached${named}.`, {
      next: 'check that it runs, its host and port, and what its TLS needs (sslmode, sslrootcert); nothing was changed',
    })
  }
  // An SQLSTATE says more than nothing, and a database's own message may hold what it was given.
  const said = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? `it answered ${code}` : messageOf(error)
  return new StartError(`The store in the database ${place} cannot be opened: ${said}.`, {
    next: 'if it is damaged, restore the database from your backup; nothing was changed',
  })
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown')
