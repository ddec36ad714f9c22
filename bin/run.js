#!/usr/bin/env node
// Starts a command. A known command is loaded alone, from the code cache; all else (help, version, completion, a
// command that does not exist) goes through oclif. Kept small and CommonJS: every line here is paid for by every call.
'use strict'
const {existsSync} = require('node:fs')
const {join} = require('node:path')
const {loadCached} = require('./code-cache.js')

const root = join(__dirname, '..')
const argv = process.argv.slice(2)

// `DEBUG=*`, set for something else, makes oclif and ky print arguments and requests.
if (!process.env.POSTERN_DEBUG) delete process.env.DEBUG

const words = commandWords(argv)
if (words.length > 0 && !asksForHelp(argv)) runCommand(words).catch(unexpected)
else require('./oclif.js').runOclif(argv, root, asksForHelp).catch(unexpected)

/** The longest run of leading plain words that names a command file. */
function commandWords(args) {
  const end = args.findIndex((arg) => !/^[a-z][a-z-]*$/.test(arg))
  const plain = args.slice(0, Math.min(end === -1 ? args.length : end, 3))
  while (plain.length > 0 && !existsSync(commandFile(plain))) plain.pop()
  return plain
}

function commandFile(names) {
  return `${join(root, 'dist/cli/commands', ...names)}.js`
}

function asksForHelp(args) {
  const end = args.indexOf('--')
  return args.slice(0, end === -1 ? args.length : end).some((arg) => arg === '--help' || arg === '-h')
}

async function runCommand(names) {
  const Command = loadCached(commandFile(names), names.join('-')).default
  Command.id = names.join(':')
  await new Command(argv.slice(names.length), lightConfig())._run()
}

/** What oclif's Command needs of its Config, without looking for plug-ins. */
function lightConfig() {
  return {
    bin: 'postern',
    name: 'postern',
    root,
    topicSeparator: ' ',
    get pjson() {
      return require('../package.json')
    },
    get version() {
      return this.pjson.version
    },
    get userAgent() {
      return `postern/${this.version} ${process.platform}-${process.arch} node-${process.version}`
    },
    commands: [],
    commandIDs: [],
    findCommand: () => undefined,
    findTopic: () => undefined,
    plugins: new Map(),
    runHook: async () => ({successes: [], failures: []}),
    scopedEnvVar: () => undefined,
    scopedEnvVarKey: (key) => key,
    scopedEnvVarKeys: (key) => [key],
    scopedEnvVarTrue: () => false,
  }
}

/** Only a bug comes here: commands turn their errors into text themselves. A message may hold a value, so none is shown. */
function unexpected(error) {
  const frames = String(error?.stack)
    .split('\n')
    .filter((line) => line.startsWith('    at '))
  const detail = process.env.POSTERN_DEBUG
    ? [error?.name, ...frames].join('\n')
    : `${error?.name}; POSTERN_DEBUG=1 shows where`
  process.stderr.write(`postern failed because of a bug of its own (${detail}).\n`)
  process.exitCode = error?.oclif?.exit ?? 1
}
