import {execFileSync} from 'node:child_process'
import {existsSync, readdirSync, statSync} from 'node:fs'
import {join, resolve} from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/** Builds dist/ before the tests when a source is newer, so that they run today's program. */
export default function setup(): void {
  const built = join(root, 'dist/build-id')
  const since = existsSync(built) ? statSync(built).mtimeMs : 0
  const sources = ['src', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), {recursive: true}).map((file) => join(root, folder, String(file))),
  )
  if (sources.some((file) => statSync(file).mtimeMs > since)) {
    execFileSync(process.execPath, [join(root, 'scripts/build.js')], {stdio: 'inherit'})
  }
}
