import {readFileSync} from 'node:fs'
import {resolve} from 'node:path'
import {describe, expect, test} from 'vitest'

interface Output {
  entryPoint?: string
  imports: {path: string; kind: string; external?: boolean}[]
  inputs: Record<string, unknown>
}

const dist = resolve(import.meta.dirname, '../../dist')
const {outputs} = JSON.parse(readFileSync(resolve(dist, 'cli/meta.json'), 'utf8')) as {outputs: Record<string, Output>}

/** The sources that an entry loads before it runs: what it imports, and what that imports, but nothing lazy. */
function loadedBy(entryPoint: string): string[] {
  const seen = new Set<string>()
  const visit = (name: string) => {
    const output = outputs[name]
    if (seen.has(name) || output === undefined) return
    seen.add(name)
    for (const {path, kind} of output.imports) if (kind === 'import-statement') visit(path)
  }
  visit(Object.keys(outputs).find((name) => outputs[name]!.entryPoint === entryPoint)!)
  return [...seen].flatMap((name) => Object.keys(outputs[name]!.inputs))
}

describe('the bundle of the CLI', () => {
  test('has no code of the server, nor any of its packages', () => {
    const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs))
    expect(inputs.length).toBeGreaterThan(50)
    expect(
      inputs.filter((input) =>
        /src\/server\/|node_modules\/(fastify|kysely|pino|@photostructure|@peculiar)\//.test(input),
      ),
    ).toEqual([])
  })

  test.each(['src/commands/secret/set.ts', 'src/commands/variable/set.ts'])(
    '%s loads no client, schema, prompt, settings or help for a dry run',
    (entry) => {
      const inputs = loadedBy(entry)
      expect(inputs).toContain('src/lib/value-input/choose.ts')
      expect(
        inputs.filter((input) =>
          /node_modules\/(ky|zod|conf|@inquirer|cli-table3|chalk|ejs|wrap-ansi|debug|hpke)\/|src\/lib\/profile\//.test(
            input,
          ),
        ),
      ).toEqual([])
    },
  )

  test('names as packages outside of it only what is installed without an install script', () => {
    const external = new Set(
      Object.values(outputs).flatMap((output) => output.imports.filter((i) => i.external).map((i) => i.path)),
    )
    const packages = [...external].filter((path) => !path.startsWith('node:') && !path.startsWith('#server/'))
    const builtIn =
      /^(assert|async_hooks|buffer|child_process|crypto|events|fs|http|https|net|os|path|process|readline|stream|string_decoder|timers|tls|tty|url|util|v8|vm|worker_threads|zlib)(\/|$)/
    expect(packages.filter((path) => !builtIn.test(path)).sort()).toEqual([
      '@oclif/core/config',
      '@oclif/core/help',
      '@oclif/core/ux',
    ])
  })
})

test('no package that is needed at run time has an install script that counts', () => {
  const lock = JSON.parse(readFileSync(resolve(dist, '../package-lock.json'), 'utf8')) as {
    packages: Record<string, {dev?: boolean; hasInstallScript?: boolean}>
  }
  const scripted = Object.entries(lock.packages).filter(([path, p]) => path !== '' && p.hasInstallScript && !p.dev)
  // Its script only looks whether the prebuilt binary fits; package.json keeps it from running.
  expect(scripted.map(([path]) => path)).toEqual(['node_modules/@photostructure/sqlite'])
})
