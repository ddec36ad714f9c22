import {setTimeout as sleep} from 'node:timers/promises'
import {expect} from 'vitest'
import type {AuditEntry} from '../../src/contract/routes/audit.ts'
import {type ChainPoint, start, verifyChain, verifyHead} from '../../src/formats/audit-chain.ts'
import {leaksIn, newCanary} from './canary.ts'
import {type RunningServer, type ServerOptions, startServer} from './server.ts'
import {storedVersions} from './stored.ts'
import {asToken, succeed, type World, world} from './world.ts'
import {startWriters, type Writers} from './writers.ts'

/** A server under load that a fault is done to, and all that must be true of it afterwards. */
export interface Trial {
  world: World
  writers: Writers
  /** The server that runs, or that ran last. */
  server: () => RunningServer
  /** Starts it again where it was, once it has ended. */
  start: (more?: Partial<ServerOptions>) => Promise<RunningServer>
  /** Reads what is new in the audit log. @throws where it does not follow what was read before, or is not signed. */
  readAudit: () => Promise<void>
  /** All that its servers wrote, logs included. */
  logs: () => string
  /** The shared ending, see below. The server must run; it runs afterwards too. */
  survived: () => Promise<Figures>
  close: () => Promise<void>
}

export interface Figures {
  /** Requests that were acknowledged, and the versions that they made. */
  acknowledged: number
  versions: number
  /** Answers that did not say what became of a request; how many requests were answered by a repeat; of those, what was done at first. */
  unknown: number
  repeated: number
  doneAtFirst: number
}

const SCOPE = 'faults'

interface TrialOptions extends Partial<ServerOptions> {
  writers?: number
  /** Whether the writers hang up now and then once a request is sent, and ask again. */
  hangUp?: boolean
  /** The URL of a database for its store; else it is where this run's stores are. `direct`: what leads there past a proxy. */
  database?: string
  direct?: string
}

export async function trial({
  writers: count = 16,
  hangUp = false,
  database,
  direct = database,
  ...given
}: TrialOptions = {}): Promise<Trial> {
  const options = database === undefined ? given : {...given, env: {...given.env, POSTERN_DATABASE_URL: database}}
  const w = await world(options)
  const canary = newCanary()
  const servers = [w.server]
  const server = () => servers.at(-1)!
  const writers = startWriters({count, scope: SCOPE, token: w.token, canary, server, hangUp})
  const logs = () => servers.map((one) => one.output()).join('')
  const audited: AuditEntry[] = []
  let last: ChainPoint = start

  const startAgain: Trial['start'] = async (more = {}) => {
    const {args = [], ...others} = {...options, ...more}
    const listen = args.includes('--listen') ? [] : ['--listen', new URL(w.server.url).host]
    const next = await startServer({data: w.server.data, home: w.home, args: [...listen, ...args], ...others})
    servers.push(next)
    return next
  }

  const readAudit = async () => {
    for (let empty = 0; ; ) {
      const {json} = await asToken(server(), w.token, 'auditList', {query: {after: last.sequence, limit: 1000}})
      expect(verifyHead(json.head, json.publicKey)).toBe(true)
      if (json.entries.length === 0) {
        // Entries and head are two statements, and others write in between: then the next page has more.
        if (last.sequence < json.head.sequence && empty++ < 5) continue
        return expect(last).toEqual({sequence: json.head.sequence, hash: json.head.hash})
      }
      empty = 0
      const step = verifyChain(json.entries, last)
      expect(step.breaks).toEqual([])
      last = step.last
      audited.push(...json.entries.map(({canonical}) => JSON.parse(canonical) as AuditEntry))
    }
  }

  const survived = async (): Promise<Figures> => {
    await writers.stop()
    await readAudit()
    const {acknowledged} = writers
    const versions = versionsOf(acknowledged)
    const figures = await isInTheLog(acknowledged, audited)
    await isInTheHistories(server(), w.token, versions)
    expect((await succeed(w.cli(['audit', 'verify']))).stdout).toMatch(/^Verified: \d+ entries/)

    expect(await server().stop()).toBe(0)
    const stored = (await storedVersions(w.server.data, direct)).filter(({scope}) => scope === SCOPE)
    expect(new Map(stored.map((one) => [`${one.kind} ${one.key} ${one.version}`, one.value]))).toEqual(versions)
    await startAgain()
    await succeed(w.cli(['secret', 'set', '--scope', 'afterwards', 'KEY'], {stdin: 'x'}))
    await succeed(w.cli(['audit', 'verify']))
    expect(leaksIn(logs() + writers.problems.join(''), canary)).toEqual([])
    return {acknowledged: acknowledged.length, versions: versions.size, unknown: writers.unknown(), ...figures}
  }

  return {
    world: w,
    writers,
    server,
    start: startAgain,
    readAudit,
    logs,
    survived,
    close: async () => {
      writers.abandon()
      await server().stop('SIGKILL')
      await w.close()
    },
  }
}

/** Every version that was acknowledged, by kind, key and number. @throws when a number was answered twice. */
function versionsOf(acknowledged: Writers['acknowledged']): Map<string, string> {
  const versions = new Map<string, string>()
  for (const {kind, items, versions: numbers} of acknowledged)
    for (const [index, {key, value}] of items.entries()) {
      const name = `${kind} ${key} ${numbers[index]}`
      expect(versions.has(name), name).toBe(false)
      versions.set(name, value)
    }
  return versions
}

/** Each request that was acknowledged is in the log once, with the versions that it was answered; nothing else is. */
function isInTheLog(acknowledged: Writers['acknowledged'], audited: readonly AuditEntry[]) {
  const done = new Map<string, AuditEntry[]>()
  for (const entry of audited.filter(({target, outcome}) => target.scope === SCOPE && outcome === 'done'))
    done.set(entry.requestId, [...(done.get(entry.requestId) ?? []), entry])
  for (const {requestId, kind, items, versions} of acknowledged)
    expect(done.get(requestId)?.map(({target}) => target)).toEqual(
      items.map(({key}, index) => ({kind, scope: SCOPE, name: key, version: versions[index]})),
    )
  expect(done.size).toBe(acknowledged.length)
  const repeated = acknowledged.filter(({repeatedAt}) => repeatedAt !== null)
  const atFirst = repeated.filter(({requestId, repeatedAt}) => done.get(requestId)![0]!.time < repeatedAt!)
  return {repeated: repeated.length, doneAtFirst: atFirst.length}
}

/** Every name has all its versions, of the right lengths and without a gap; a variable is what was written last. */
async function isInTheHistories(server: RunningServer, token: string, versions: ReadonlyMap<string, string>) {
  const names = new Set([...versions.keys()].map((name) => name.replace(/ \d+$/, '')))
  for (const name of names) {
    const [kind, key] = name.split(' ') as ['secret' | 'variable', string]
    const at = {params: {org: 'default', key}}
    const lengths: number[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const query = {scope: SCOPE, limit: 1000, ...(cursor === undefined ? {} : {cursor})}
      const {json} = await asToken(server, token, `${kind}sHistory`, {...at, query})
      for (const {version, length} of json.items) lengths[version - 1] = length!
      cursor = json.nextCursor
    }
    expect(lengths).toEqual(lengths.map((_, index) => versions.get(`${name} ${index + 1}`)?.length))
    if (kind === 'secret') continue
    const {json} = await asToken(server, token, 'variablesGet', {...at, query: {scope: SCOPE}})
    expect([json.version, json.value.data]).toEqual([lengths.length, versions.get(`${name} ${lengths.length}`)])
  }
}

/** Waits until it is true. @throws after ten seconds, with what was waited for. */
export async function until(what: string | (() => string), isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(10)) if (await isSo()) return
  throw new Error(`it never came: ${typeof what === 'string' ? what : what()}`)
}
