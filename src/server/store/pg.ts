import {createRequire} from 'node:module'
import type * as Pg from 'pg'

/** The driver, loaded when a server keeps its store in PostgreSQL and not before. */
export const pg = (): typeof Pg => createRequire(import.meta.url)('pg')
