import {access} from 'node:fs/promises'
import {join} from 'node:path'
import {encodeEnrolment} from '../formats/enrolment.ts'
import {open} from './open.ts'
import {readIfThere, writePrivateFile} from './private-file.ts'
import type {Settings} from './settings.ts'
import {StartError} from './start-error.ts'
import {caFingerprint} from './tls/ca-fingerprint.ts'

export interface Recovered {
  /** The name of the new owner token. */
  name: string
  /** The 0600 file with its enrolment. */
  enrolmentFile: string
}

/**
 * Makes one more owner of an organization, on a data folder that no server holds. Whoever can read the folder and the root
 * key can do this, and its audit log says that it was done.
 * @throws StartError when there is no store, a server runs, or there is no such organization.
 */
export async function recoverOwner(
  settings: Settings,
  {org, version}: {org: string; version: string},
): Promise<Recovered> {
  const isThere = await access(join(settings.data, 'postern.db')).then(
    () => true,
    () => false,
  )
  if (!isThere) throw new StartError(`There is no store in ${settings.data}.`, {next: 'name its folder with --data'})
  const {host, port} = settings.listen
  const url = settings.publicUrls[0] ?? `https://${host.includes(':') ? `[${host}]` : host}:${port}`
  const {file, services, close} = await open(settings, {version, dashboardUrl: () => url})
  try {
    const ca = settings.tls === null ? await readIfThere(file('tls/ca.crt')) : null
    const enrolmentFile = file('owner-enrolment')
    const name = await services.recoverOwner(org, (token) =>
      writePrivateFile(
        enrolmentFile,
        `${encodeEnrolment({url, caFingerprint: ca === null ? null : caFingerprint(ca), token})}\n`,
      ),
    )
    if (name === null)
      throw new StartError('There is no organization of that name in this data folder.', {next: 'name it with --org'})
    return {name, enrolmentFile}
  } finally {
    await close()
  }
}
