// Keeps a small store of this version, filled by its built program on each engine, in test/released/VERSION: what every later
// version must open. Part of releasing, see CONTRIBUTING.md. Refuses where the version is kept already.
import {resolve} from 'node:path'
import {build} from 'esbuild'

const root = resolve(import.meta.dirname, '..')
const outfile = resolve(root, 'build/world/keep-release.js')
await build({
  absWorkingDir: root,
  entryPoints: ['test/world/keep-release.ts'],
  outfile,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  logLevel: 'warning',
})
try {
  const {keepRelease} = await import(outfile)
  console.log(`Kept in ${await keepRelease()}. Commit it, and never change it.`)
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
