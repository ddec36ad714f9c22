import {sizeOf} from '../output/size.ts'
import type {Client} from './base.ts'

interface Asked {
  route: 'secretsRestore' | 'variablesRestore'
  key: string
  flags: {scope: string; 'dry-run': boolean}
  client: Client
}

/** Brings a deleted secret or variable back; a dry run asks the server. */
export async function restoreValue({route, key, flags: {scope, 'dry-run': dryRun}, client}: Asked) {
  const reply = await client.call(route, {params: {org: client.org, key}, query: {scope, dryRun}})
  const {version, length, updatedAt} = reply
  const state = length === null ? 'declared, without a value' : `version ${version}, ${sizeOf(length)}`
  const text = dryRun
    ? `[dry-run] would restore ${key} in ${scope} (${state})`
    : `Restored ${key} in ${scope}: ${state}, ${updatedAt}`
  return {reply: {...reply, ...(dryRun ? {dryRun} : {})}, text}
}
