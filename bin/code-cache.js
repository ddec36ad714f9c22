// Loads the pieces of dist/ and keeps what V8 compiled of them: that halves the time a command takes to start.
'use strict'
const fs = require('node:fs')
const {dirname, join, relative, sep} = require('node:path')
const vm = require('node:vm')

const dist = join(__dirname, '../dist')

/**
 * Loads a CommonJS file and what it requires of dist/, from the cache of this name. The first run writes the cache. It
 * is used when this Node made it from this build, and it lies where only the user or the installer can write. A cache
 * that is missing or damaged, that V8 refuses or that cannot be written is no error: the program only starts slower.
 */
exports.loadCached = function loadCached(file, name) {
  const key = `${process.version} ${process.arch} ${readQuietly(join(dist, 'build-id'))}`
  const first = openCache(name, key)
  let later
  let current = () => first
  const modules = new Map()

  function load(piece) {
    const known = modules.get(piece)
    if (known) return known.exports
    const path = `${dist}/${piece}`
    const module = {exports: {}, filename: path, id: path}
    modules.set(piece, module)
    const inside = (id) => (id.startsWith('.') ? load(pieceAt(id, piece)) : require(id))
    inside.resolve = require.resolve
    const folder = path.slice(0, path.lastIndexOf('/'))
    current().script(piece, path).runInThisContext()(module.exports, inside, module, path, folder)
    return module.exports
  }

  process.once('exit', (code) => {
    first.save(code)
    later?.save(code)
  })
  const loaded = load(relative(dist, file).replaceAll(sep, '/'))
  // Kept apart, so that a run which imports nothing more, such as a dry run, does not read it.
  current = () => {
    later ??= openCache(`${name}.later`, key)
    return later
  }
  return loaded
}

/** Where a piece finds another, below dist/ and parted by `/`. By hand, since node:path takes as long as the loading. */
function pieceAt(id, from) {
  const parts = from.split('/').slice(0, -1)
  for (const part of id.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** The pieces of one file of the cache, with their sources: one file is read faster than many. */
function openCache(name, key) {
  const cache = readCache(name, `${key} ${name}`) ?? {complete: false, pieces: new Map()}
  const used = new Map()
  let missed = false
  return {
    script(piece, path) {
      const known = cache.pieces.get(piece)
      const source =
        known?.source ?? `(function(exports,require,module,__filename,__dirname){${fs.readFileSync(path, 'latin1')}\n})`
      const script = new vm.Script(source, {filename: path, cachedData: known?.data})
      if (!known || script.cachedDataRejected) missed = true
      used.set(piece, {source, script})
      return script
    },
    /** Writes what this run compiled. A run that failed may have compiled little: the first that succeeds writes again. */
    save(code) {
      if (!missed && (cache.complete || code !== 0)) return
      for (const [piece, {source, script}] of used) cache.pieces.set(piece, {source, data: script.createCachedData()})
      const complete = cache.complete || code === 0
      writeCache(name, {key: `${key} ${name}`, complete, pieces: cache.pieces})
    },
  }
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
      makeFolder(folder)
      // On the disk before it gets its name: V8 does not check the bytes, and a half-written file can hang it.
      fs.writeFileSync(temporary, bytes, {flag: 'wx', mode: 0o644, flush: true})
      fs.renameSync(temporary, join(folder, fileName(name)))
      return
    } catch {
      removeQuietly(temporary)
    }
  }
}

/** A line of JSON that lists the pieces with their lengths; what V8 compiled; the sources. */
function pack({pieces, ...head}) {
  const all = [...pieces].map(([piece, {source, data}]) => ({piece, source: Buffer.from(source, 'latin1'), data}))
  const lengths = all.map(({piece, source, data}) => [piece, data.length, source.length])
  const line = JSON.stringify({...head, lengths})
  // V8 copies data that does not begin at a multiple of 8.
  const padded = `${line.padEnd(Math.ceil((line.length + 1) / 8) * 8 - 1)}\n`
  return Buffer.concat([Buffer.from(padded), ...all.map(({data}) => data), ...all.map(({source}) => source)])
}

/** Undefined when the file is longer or shorter than it says. */
function unpack(bytes) {
  let at = bytes.indexOf('\n') + 1
  const {lengths, ...head} = JSON.parse(bytes.latin1Slice(0, at))
  const pieces = new Map()
  for (const [piece, length] of lengths) {
    pieces.set(piece, {data: bytes.subarray(at, at + length)})
    at += length
  }
  // One string, of which the sources are parts: many of them would fill V8's young generation, and be copied by it.
  const sources = bytes.latin1Slice(at)
  let from = 0
  for (const [piece, , length] of lengths) {
    pieces.get(piece).source = sources.slice(from, from + length)
    from += length
  }
  return from === sources.length ? {...head, pieces} : undefined
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

/** Not with `recursive`: below /proc, as some home folders are, that never ends. */
function makeFolder(folder) {
  for (const path of [dirname(folder), folder]) {
    if (!fs.existsSync(path)) fs.mkdirSync(path, {mode: 0o700})
  }
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
