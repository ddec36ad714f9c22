import {readIfThere, writePrivateFile} from './private-file.ts'

const NAME = 'announced-url'

type File = (...names: string[]) => string

/** Keeps the URL that clients were told last, for who makes an enrolment while no server runs. `file`: a path in the data folder. */
export async function rememberUrl(file: File, url: string): Promise<void> {
  if ((await rememberedUrl(file)) !== url) await writePrivateFile(file(NAME), `${url}\n`)
}

/** The URL that clients were told last; null: none was. */
export async function rememberedUrl(file: File): Promise<string | null> {
  const text = (await readIfThere(file(NAME)))?.trim() ?? ''
  return URL.canParse(text) ? text : null
}
