// Builds dist/: the CLI split by command, and the server beside it. `node scripts/build.js [outdir]`.
import {createHash} from 'node:crypto'
import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {isBuiltin} from 'node:module'
import {dirname, join, relative, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {brotliCompress} from 'node:zlib'
import {build, transform} from 'esbuild'
import {build as buildPage} from 'vite'
import {kyFiles, lightKy} from './light-ky.js'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const server = join(root, 'src/server/')

/**
 * Writes dist/cli and dist/server, and for each a `meta.json` (esbuild's metafile) that tests read.
 *
 * esbuild splits ES modules only; each piece is then turned into CommonJS, because that is what `vm.Script` can start
 * from a code cache (see bin/run.js).
 */
export async function buildAll(dist = join(root, 'dist')) {
  rmSync(dist, {recursive: true, force: true})
  const entries = new Set()
  await bundle(
    join(dist, 'cli'),
    [...commandFiles(), 'src/lib/command/command-not-found.ts'],
    [serverStaysOutside(entries)],
  )
  await bundle(
    join(dist, 'server'),
    [...entries].sort(),
    [],
    ['@photostructure/sqlite', '@peculiar/x509', 'pg', 'reflect-metadata'],
  )
  await sdk(join(dist, 'sdk'))
  await dashboard(join(dist, 'dashboard'))
  writeFileSync(join(dist, 'build-id'), buildId(dist))
}

/** What a workload imports: one ES module that needs no package, and its declaration, which is all in its first file. */
async function sdk(outdir) {
  const {outputFiles, metafile} = await build({
    absWorkingDir: root,
    entryPoints: ['src/sdk/index.ts'],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    chunkNames: 'parts/[name]-[hash]',
    metafile: true,
    write: false,
    logLevel: 'warning',
    // What a package brings along asks for Node's own modules by `require`, which a module has not.
    banner: {
      js: "import {createRequire as requireFrom} from 'node:module';const require=requireFrom(import.meta.url);",
    },
  })
  for (const {path, contents} of outputFiles) {
    mkdirSync(dirname(path), {recursive: true})
    writeFileSync(path, contents)
  }
  const {default: ts} = await import('typescript')
  const source = readFileSync(join(root, 'src/sdk/index.ts'), 'utf8')
  const {outputText} = ts.transpileDeclaration(source, {
    fileName: 'index.ts',
    compilerOptions: {target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, stripInternal: true},
  })
  writeFileSync(join(outdir, 'index.d.ts'), outputText)
  writeFileSync(join(outdir, 'package.json'), '{"type":"module"}\n')
  writeFileSync(join(outdir, 'meta.json'), JSON.stringify(metafile))
}

/** What packages say to other bundlers than this one. */
const ofPackages = new Set(['MODULE_LEVEL_DIRECTIVE', 'INVALID_ANNOTATION'])

/** The page: files whose names have their hashes, each compressed beside itself, so that the server does not. */
async function dashboard(outDir) {
  // Else whoever runs tests would get the slow React that warns.
  process.env.NODE_ENV = 'production'
  await buildPage({
    configFile: false,
    root: join(root, 'src/dashboard'),
    base: '/dashboard/',
    logLevel: 'warn',
    // The one thing that the client takes from Node: the browser's own loads all of WebCrypto there.
    resolve: {alias: {'node:crypto': join(root, 'src/dashboard/api/random-uuid.ts')}},
    esbuild: {jsx: 'automatic', legalComments: 'none'},
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: {polyfill: false},
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 800,
      rollupOptions: {onwarn: (warning, say) => ofPackages.has(warning.code) || say(warning)},
    },
  })
  const assets = join(outDir, 'assets')
  const compressed = readdirSync(assets).map(async (name) => {
    const file = join(assets, name)
    writeFileSync(`${file}.br`, await promisify(brotliCompress)(readFileSync(file)))
  })
  await Promise.all(compressed)
}

/** Hash over all that was built: a code cache is good for one build. */
function buildId(dist) {
  const hash = createHash('sha256')
  const files = readdirSync(dist, {recursive: true})
    .map(String)
    .filter((file) => file.endsWith('.js'))
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(dist, file)))
  return hash.digest('hex')
}

function commandFiles() {
  return readdirSync(join(root, 'src/commands'), {recursive: true})
    .map((file) => join('src/commands', String(file)))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .sort()
}

async function bundle(outdir, entryPoints, plugins, external = []) {
  const {outputFiles, metafile} = await build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    outbase: outdir.endsWith('server') ? 'src/server' : 'src',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    chunkNames: 'parts/[name]-[hash]',
    external: ['typescript', ...external],
    plugins: [...plugins, oclifLoadsLazily, kyLoadsNoUndici],
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 200,
    metafile: true,
    write: false,
    logLevel: 'warning',
  })
  await Promise.all(
    outputFiles.map(async ({path, text}) => {
      mkdirSync(dirname(path), {recursive: true})
      writeFileSync(path, await commonJs(text, path, outdir))
    }),
  )
  writeFileSync(join(outdir, 'package.json'), '{"type":"commonjs"}\n')
  writeFileSync(join(outdir, 'meta.json'), JSON.stringify(metafile))
}

/** One piece as CommonJS: its `import()` becomes `require`, its `#server/…` a path from where it lies. */
async function commonJs(text, path, outdir) {
  const {code} = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    supported: {'dynamic-import': false},
    define: {'import.meta.url': 'importMetaUrl'},
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 200,
  })
  const toServer = `${relative(dirname(path), join(outdir, '../server')).replaceAll('\\', '/')}/`
  const url = code.includes('importMetaUrl')
    ? 'const importMetaUrl=require("node:url").pathToFileURL(__filename).href;'
    : ''
  return url + ascii(code.replaceAll('"#server/', `"${toServer}`))
}

/** What esbuild leaves in comments and regular expressions: bin/code-cache.js reads a byte a character, which is faster. */
function ascii(code) {
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** `commands/server/*` load the server at run time, from dist/server: no command pays for it. What they name is added to `entries`. */
const serverStaysOutside = (entries) => ({
  name: 'server-stays-outside',
  setup(builder) {
    builder.onResolve({filter: /\/server\//}, ({path, resolveDir}) => {
      const file = resolve(resolveDir, path)
      if (!file.startsWith(server)) return
      entries.add(relative(root, file))
      return {path: `#server/${relative(server, file).replace(/\.ts$/, '.js')}`, external: true}
    })
  },
})

/**
 * oclif loads all of itself, plug-in search and help included, before it parses a flag. Here its parts load when used:
 * `const x_1 = require('./y')` becomes a function, and each use of `x_1` a call. The packages that it needs for help and
 * for errors of its own stay outside, as installed for it: nearly half of the text that each command would carry.
 */
const oclifLoadsLazily = {
  name: 'oclif-loads-lazily',
  setup(builder) {
    builder.onResolve({filter: /^\.\.?\/(config|help|ux)(\/index)?$/}, ({path, resolveDir}) => {
      const part = /@oclif\/core\/lib\/(config|help|ux)(\/index)?$/.exec(resolve(resolveDir, path))
      return part && {path: `@oclif/core/${part[1]}`, external: true}
    })
    builder.onLoad({filter: /@oclif\/core\/lib\/.*\.js$/}, ({path}) => ({contents: lazy(readFileSync(path, 'utf8'))}))
    builder.onResolve({filter: /^[^.]/}, ({path, importer, kind}) => {
      const fromOclif = kind === 'require-call' && /@oclif\/core\/lib\//.test(importer)
      return fromOclif && !isBuiltin(path) && !path.startsWith('@oclif/')
        ? {path, namespace: 'as-installed'}
        : undefined
    })
    builder.onLoad({filter: /.*/, namespace: 'as-installed'}, ({path}) => ({
      contents: `module.exports=require('node:module').createRequire(require.resolve('@oclif/core'))('${path}')`,
    }))
  },
}

const kyLoadsNoUndici = {
  name: 'ky-loads-no-undici',
  setup(builder) {
    const messages = join(root, 'src/client/messages.ts')
    builder.onLoad({filter: kyFiles}, ({path}) => ({contents: lightKy(readFileSync(path, 'utf8'), messages)}))
  },
}

function lazy(code) {
  const names = []
  const declared = code.replace(/^(?:const|var) (\w+_\d+) = (.*require\(".*"\)\)?);$/gm, (_, name, value) => {
    names.push(name)
    return `var ${name}$;const ${name}=()=>${name}$??=${value};`
  })
  return names
    .reduce(
      (text, name) =>
        text.replace(new RegExp(`(new )?\\b${name}\\.(\\w+)`, 'g'), (_, made, part) =>
          made ? `new (${name}().${part})` : `${name}().${part}`,
        ),
      declared,
    )
    .replace(
      /^exports\.(\w+) = (__importStar\(require\(".*"\)\));$/gm,
      'Object.defineProperty(exports,"$1",{enumerable:true,get:()=>$2});',
    )
    .replace(/^checkNodeVersion\(\);$/m, '')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAll(process.argv[2] && resolve(process.argv[2]))
