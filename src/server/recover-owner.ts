import {rename} from 'node:fs/promises'
import {rememberedUrl} from './announced-url.ts'
import {mustHaveStore, open} from './open.ts'
import {writeEnrolment} from './owner-enrolment.ts'
import {readIfThere} from './private-file.ts'
import type {Settings} from './settings.ts'
import {StartError} from './start-error.ts'
import {caFingerprint} from './tls/ca-fingerprint.ts'

export interface Recovered {
  /** The name of the new owner token. */
  name: string
  /** The 0600 file with its enrolment. */
  enrolmentFile: string
  /** Where the enrolment is now that was there before; null: none was. */
  earlierFile: string | null
  /** Where the enrolment says that the server is. */
  url: string
}

interface Asked {
  org: string
  version: string
  /** Whether somebody said where the server is; else it is where it was last. */
  addressGiven: boolean
}

/**
 * Makes one more owner of an organization, on a data folder that no server holds. Whoever can read the folder and the root
 * key can do this, and its audit log says that it was done.
 * @throws StartError when there is no store, a server runs, or there is no such organization.
 */
export async function recoverOwner(settings: Settings, {org, version, addressGiven}: Asked): Promise<Recovered> {
  await mustHaveStore(settings, '--data')
  const {file, services, close} = await open(settings, {version, dashboardUrl: () => ''})
  try {
    const url = (addressGiven ? null : await rememberedUrl(file)) ?? urlOf(settings)
    // A store that was made before the authority was kept in it has none until its next start.
    const ca =
      settings.tls === null
        ? ((await services.authority.load())?.cert ?? (await readIfThere(file('tls/ca.crt'))))
        : null
    const enrolmentFile = file('owner-enrolment')
    let earlierFile: string | null = null
    const made = await services.recoverOwner(org, async (token, name) => {
      if ((await readIfThere(enrolmentFile)) !== null) {
        earlierFile = `${enrolmentFile}.before-${name}`
        await rename(enrolmentFile, earlierFile)
      }
      await writeEnrolment(enrolmentFile, {url, caFingerprint: ca === null ? null : caFingerprint(ca), token})
    })
    if ('missing' in made) {
      throw made.missing === 'deleted'
        ? new StartError('The organization of that name was deleted: nobody signs in to it any more.', {
            next: 'its log is read from the organization default',
          })
        : new StartError('There is no organization of that name in this data folder.', {next: 'name it with --org'})
    }
    return {name: made.name, enrolmentFile, earlierFile, url}
  } finally {
    await close()
  }
}

function urlOf({publicUrls, listen: {host, port}}: Settings): string {
  return publicUrls[0] ?? `https://${host.includes(':') ? `[${host}]` : host}:${port}`
}
