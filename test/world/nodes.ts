import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {decodeEnrolment} from '../../src/formats/enrolment.ts'
import {databaseUrl} from './engine.ts'
import {homeEnv, type Ran, type RunOptions, run, tempFolder} from './program.ts'
import {type RunningServer, startServer} from './server.ts'

/** Several real servers on one PostgreSQL database, each with a data folder of its own and the same root key. */
export interface Nodes {
  /** The database. */
  url: string
  /** A place for the test's own files; the nodes' folders are in it. */
  folder: string
  home: string
  /** What they are started with. */
  rootKeyFile: string
  /** As they run now. */
  all: RunningServer[]
  /** The first owner's token. */
  token: string
  /** The program, signed in to one of them as whoever has this token; by default the owner. */
  cli: (node: RunningServer, argv: readonly string[], options?: RunOptions) => Promise<Ran>
  /** Starts one again where it was, once it has ended. */
  restart: (index: number) => Promise<void>
  close: () => Promise<void>
}

/** Starts so many at the same time on a new database of this name; `through`: the URL that they have of it. */
export async function startNodes(name: string, count: number, through?: string): Promise<Nodes> {
  const {path: folder, remove} = tempFolder()
  const home = join(folder, 'home')
  const url = through ?? (await databaseUrl(name))
  const rootKeyFile = join(folder, 'root.key')
  writeFileSync(rootKeyFile, Buffer.alloc(32, 7).toString('base64'), {mode: 0o600})
  const start = (index: number, rootKey: string, listen = '127.0.0.1:0') =>
    startServer({
      data: join(folder, `node-${index}`),
      home,
      args: ['--root-key-file', rootKey, '--listen', listen],
      env: {POSTERN_DATABASE_URL: url},
    })
  const all = await Promise.all(Array.from({length: count}, (_, index) => start(index, rootKeyFile)))
  const enrolment = all.map(({data}) => join(data, 'owner-enrolment')).find((path) => existsSync(path))
  const {token} = decodeEnrolment(readFileSync(enrolment!, 'utf8'))!
  mkdirSync(home, {recursive: true})
  const nodes: Nodes = {
    url,
    folder,
    home,
    rootKeyFile,
    all,
    token,
    cli: (node, argv, {env, ...options} = {}) =>
      run(argv, home, {
        ...options,
        env: {
          ...homeEnv(home),
          POSTERN_URL: node.url,
          POSTERN_TOKEN: token,
          POSTERN_CA_FILE: join(node.data, 'tls/ca.crt'),
          ...env,
        },
      }),
    restart: async (index) => {
      all[index] = await start(index, nodes.rootKeyFile, new URL(all[index]!.url).host)
    },
    close: async () => {
      await Promise.all(all.map((node) => node.stop('SIGKILL')))
      remove()
    },
  }
  return nodes
}
