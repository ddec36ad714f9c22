import {basename, join, resolve} from 'node:path'
import {build} from 'esbuild'

const root = resolve(import.meta.dirname, '..')

/** Loads a module of the source, which is TypeScript; Node 20 takes none. */
export async function load(path) {
  const outfile = join(root, 'build/bench', `${basename(path, '.ts')}.js`)
  await build({
    entryPoints: [join(root, path)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  })
  return import(outfile)
}
