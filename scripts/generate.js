// Writes what is made from the source: oclif.manifest.json, README's command reference, the schemas of a policy file and a project file. With
// --check, it only says whether they are current.
import {execFileSync} from 'node:child_process'
import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {dirname, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'
import {build} from 'esbuild'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const files = [
  'oclif.manifest.json',
  'README.md',
  'docs/formats/policy.schema.json',
  'docs/formats/postern.schema.json',
].map((name) => resolve(root, name))
const read = () => files.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : ''))

const oclif = (...argv) =>
  execFileSync(process.execPath, [resolve(root, 'node_modules/oclif/bin/run.js'), ...argv], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {...process.env, OCLIF_SKIP_NEW_VERSION_CHECK: 'true', NO_UPDATE_NOTIFIER: 'true'},
  })

/** The JSON schema of a file, from the one that reads it. */
async function schemaOf(name, file) {
  const {outputFiles} = await build({
    stdin: {
      contents: `import {toJSONSchema} from 'zod/mini'
        import {${name}} from './src/contract/${file}'
        export const schema = toJSONSchema(${name}, {io: 'input'})`,
      resolveDir: root,
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
  })
  const {schema} = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
  )
  return `${JSON.stringify(schema, null, 2)}\n`
}

const before = read()
oclif('manifest')
oclif('readme', '--readme-path', 'README.md', '--no-aliases')
// The manifest is read by machines: one line is smaller, and starts faster. Its order must not depend on the file system's.
const {commands, ...rest} = JSON.parse(readFileSync(files[0], 'utf8'))
const sorted = Object.fromEntries(Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(files[0], `${JSON.stringify({commands: sorted, ...rest})}\n`)

writeFileSync(files[2], await schemaOf('policyFile', 'policy-file.ts'))
writeFileSync(files[3], await schemaOf('projectFile', 'project-file.ts'))

if (process.argv.includes('--check')) {
  const stale = files.filter((_, index) => read()[index] !== before[index])
  for (const [index, file] of files.entries()) writeFileSync(file, before[index])
  if (stale.length > 0) {
    console.error(`Not current: ${stale.join(', ')}. Run: npm run generate`)
    process.exit(1)
  }
}
