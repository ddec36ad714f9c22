// Loads the pieces of dist/ and keeps what V8 compiled of them: that halves the time a command takes to start.
'use strict'
const {createHash} = require('node:crypto')
const fs = require('node:fs')
const {dirname, join, relative, resolve} = require('node:path')
const vm = require('node:vm')

const dist = join(__dirname, '../dist')

/**
 * Loads a CommonJS file and what it requires of dist/, from the cache of this name. The first run writes the cache. It
 * is used when this Node made it from this build, and it lies where only the user or the installer can write. A cache
 * that is missing, that V8 refuses or that cannot be written is no error: the program only starts slower.
 */
exports.loadCached = function loadCached(file, name) {
  const key = `${process.version} ${process.arch} ${readQuietly(join(dist, 'build-id'))} ${name}`
  const cache = readCache(name, key) ?? {key, complete: false, pieces: new Map()}
  const scripts = new Map()
  const modules = new Map()
  let missed = false

  function load(path) {
    const known = modules.get(path)
    if (known) return known.exports
    const module = {exports: {}, filename: path, id: path}
    modules.set(path, module)
    const piece = relative(dist, path)
    const cachedData = cache.pieces.get(piece)
    const source = `(function(exports,require,module,__filename,__dirname){${fs.readFileSync(path, 'latin1')}\n})`
    const script = new vm.Script(source, {filename: path, cachedData})
    scripts.set(piece, script)
    if (!cachedData || script.cachedDataRejected) missed = true
    const inside = (id) => (id.startsWith('.') ? load(resolve(dirname(path), id)) : require(id))
    inside.resolve = require.resolve
    script.runInThisContext()(module.exports, inside, module, path, dirname(path))
    return module.exports
  }

  // A run that failed early compiled little, so the first one that succeeds writes again.
  process.once('exit', (code) => {
    if (!missed && (cache.complete || code !== 0)) return
    for (const [piece, script] of scripts) cache.pieces.set(piece, script.createCachedData())
    writeCache(name, {...cache, complete: cache.complete || code === 0})
  })
  return load(file)
}

function readCache(name, key) {
  for (const folder of folders().reverse()) {
    try {
      const file = fs.openSync(join(folder, fileName(name)), 'r')
      try {
        if (!isOurs(fs.fstatSync(file))) continue
        const cache = unpack(fs.readFileSync(file))
        if (cache?.key === key) return cache
      } finally {
        fs.closeSync(file)
      }
    } catch {}
  }
}

function writeCache(name, cache) {
  const bytes = pack(cache)
  for (const folder of folders()) {
    const temporary = join(folder, `${fileName(name)}.${process.pid}`)
    try {
      fs.mkdirSync(folder, {recursive: true, mode: 0o700})
      fs.writeFileSync(temporary, bytes, {flag: 'wx', mode: 0o644})
      fs.renameSync(temporary, join(folder, fileName(name)))
      return
    } catch {
      removeQuietly(temporary)
    }
  }
}

/** SHA-256 of the rest; one line of JSON that lists the pieces with their lengths; the pieces. */
function pack({pieces, ...head}) {
  const lengths = [...pieces].map(([piece, data]) => [piece, data.length])
  const rest = Buffer.concat([Buffer.from(`${JSON.stringify({...head, lengths})}\n`), ...pieces.values()])
  return Buffer.concat([sha256(rest), rest])
}

/** Undefined when a byte is wrong: V8 would run damaged code, and hang or crash. */
function unpack(bytes) {
  const rest = bytes.subarray(32)
  if (!sha256(rest).equals(bytes.subarray(0, 32))) return
  let at = rest.indexOf('\n') + 1
  const {lengths, ...head} = JSON.parse(rest.toString('utf8', 0, at))
  const pieces = new Map()
  for (const [piece, length] of lengths) {
    pieces.set(piece, rest.subarray(at, at + length))
    at += length
  }
  return {...head, pieces}
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest()
}

function fileName(name) {
  return `${name}.${process.version}.${process.arch}`
}

/** Where a cache may lie: beside the program, else with the user. */
function folders() {
  const {XDG_CACHE_HOME, HOME, LOCALAPPDATA} = process.env
  const home = XDG_CACHE_HOME || LOCALAPPDATA || (HOME && join(HOME, '.cache'))
  return home ? [join(dist, 'cache'), join(home, 'postern')] : [join(dist, 'cache')]
}

/** Whether only this user or who installed the program can have written it. */
function isOurs({uid, mode}) {
  if (!process.getuid) return true
  return (mode & 0o022) === 0 && (uid === process.getuid() || uid === fs.statSync(__filename).uid)
}

function removeQuietly(file) {
  try {
    fs.rmSync(file, {force: true})
  } catch {}
}

function readQuietly(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
