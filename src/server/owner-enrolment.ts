import {decodeEnrolment, type Enrolment, encodeEnrolment} from '../formats/enrolment.ts'
import {readIfThere, writePrivateFile} from './private-file.ts'

/** Writes a file with an enrolment that `login` reads. @throws StartError when it cannot be written. */
export async function writeEnrolment(path: string, enrolment: Enrolment): Promise<void> {
  await writePrivateFile(path, `${encodeEnrolment(enrolment)}\n`)
}

/**
 * Lets an enrolment that was written earlier name where its server is now, and what vouches for it; its token stays.
 * @returns whether there is one.
 */
export async function renewEnrolment(path: string, server: Omit<Enrolment, 'token'>): Promise<boolean> {
  const text = await readIfThere(path)
  const last = decodeEnrolment(text ?? '')
  if (last !== null && (last.url !== server.url || last.caFingerprint !== server.caFingerprint))
    await writeEnrolment(path, {...server, token: last.token})
  return text !== null
}
