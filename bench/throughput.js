// What the server takes, and what it costs. `load.js` asks, from a process of its own on the same machine.
import {spawn} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {createInterface} from 'node:readline'

/**
 * Prints writes a second at 1, 16 and 64 connections, names read a second, and the server's peak of memory. With `large`
 * again at 100,000 and at 1,000,000 stored versions, with the ratio to the first, which takes some minutes.
 */
export async function throughput({url, home, data, pid, large}) {
  const load = (kind, connections, seconds, more = []) => {
    const argv = [join(import.meta.dirname, 'load.js'), url, home, data, kind, connections, seconds, ...more]
    return firstLine(spawn(process.execPath, argv.map(String), {stdio: ['ignore', 'pipe', 'inherit']}))
  }
  /** By bulk calls over 10,000 names, so that a million versions take minutes. */
  const seed = async (count) => {
    const argv = [join(import.meta.dirname, 'seed.js'), url, home, data, count, 10_000].map(String)
    return (await firstLine(spawn(process.execPath, argv, {stdio: ['ignore', 'pipe', 'inherit']}))).asked
  }
  let stored = 0
  const write = async (...how) => {
    const answer = await load('write', ...how)
    stored += answer.asked
    return answer
  }
  console.log('over HTTPS with keep-alive, load on the same machine; a write is durable, sealed, versioned and audited')
  const first = {}
  for (const versions of large ? [1000, 100_000, 1_000_000] : [1000]) {
    if (versions > stored) stored += await seed(versions - stored)
    console.log(`  with ${stored} versions stored`)
    for (const connections of [1, 16, 64]) print(connections, 'writes', await write(connections, 5), first)
    print(16, 'lists of 100 names', await load('list', 16, 5), first)
    console.log(`    the server's memory at its peak: ${peakMegabytes(pid)} MB`)
  }
}

function print(connections, what, {perSecond, p50, p99}, first) {
  first[what + connections] ??= perSecond
  const cost = (first[what + connections] / perSecond).toFixed(2)
  console.log(
    `    ${String(connections).padStart(3)} connections ${String(perSecond).padStart(7)} ${what}/s  p50 ${p50} ms  p99 ${p99} ms  cost ${cost}`,
  )
}

/** Of resident memory, since the process began. Linux alone tells it. */
function peakMegabytes(pid) {
  const file = `/proc/${pid}/status`
  return existsSync(file) ? Math.round(/VmHWM:\s+(\d+)/.exec(readFileSync(file, 'utf8'))[1] / 1024) : 'not known here,'
}

/** What a child says first, as JSON. */
export async function firstLine(child) {
  let text = ''
  for await (const line of createInterface({input: child.stdout})) {
    text += line
    try {
      return JSON.parse(text)
    } catch {
      // A JSON text of many lines: the rest comes.
    }
  }
  throw new Error('the child said nothing')
}
