// What is no plain call of a command: help, version, completion, and words that are no command. Only words that name
// something go on to oclif from here, because its own errors repeat what was typed.
'use strict'

/** Shows help or the version, or runs a plug-in's command, or says that there is no such command. */
exports.runOclif = async function runOclif(typed, root, asksForHelp) {
  const {Config, Help} = await import('@oclif/core')
  const config = await Config.load(root)
  const argv = typed[0] === 'help' ? [...typed.slice(1), '--help'] : typed
  const firstFlag = argv.findIndex((word) => word.startsWith('-'))
  const words = firstFlag === -1 ? argv : argv.slice(0, firstFlag)
  const isCommand = (names) => config.findCommand(names.join(':'))
  const known = [...words]
  while (known.length > 0 && !isCommand(known) && !config.findTopic(known.join(':'))) known.pop()
  const wholly = known.length === words.length

  if (argv[0] === '--version' || argv[0] === '-v') return process.stdout.write(`${config.userAgent}\n`)
  if (asksForHelp(argv) ? wholly || isCommand(known) : wholly && !isCommand(known) && isBare(argv.slice(known.length)))
    return new Help(config, config.pjson.oclif.helpOptions).showHelp(known)
  if (isCommand(known)) return config.runCommand(known.join(':'), argv.slice(known.length)).catch(mistyped)
  await config.runHook('command_not_found', {id: known.join(':'), argv})
}

function isBare(rest) {
  return rest.every((word) => word === '--json')
}

/** oclif's parser repeats what was typed; a plug-in's errors become one that does not. */
function mistyped(error) {
  if (error?.code === 'EEXIT') return process.exit(error.oclif.exit)
  if (error?.oclif?.exit !== 2) throw error
  process.stderr.write('The command was typed wrongly.\nTry: postern --help\n')
  process.exitCode = 2
}
