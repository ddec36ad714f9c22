import {execFileSync} from 'node:child_process'
import {join} from 'node:path'
import {afterEach, expect, test} from 'vitest'
import {homeEnv, tempFolder} from '../world/program.ts'
import {world} from '../world/world.ts'
import {pattern, runSteps, stepsOf} from './console.ts'
import {documents, textOf} from './documents.ts'

const has = (...tools: string[]) =>
  tools.every((tool) => {
    try {
      execFileSync('sh', ['-c', `command -v ${tool}`], {stdio: 'ignore'})
      return true
    } catch {
      return false
    }
  })

let close: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of close.reverse()) await end()
  close = []
})

interface Place {
  folder: string
  env: Record<string, string | undefined>
  setUp?: string
}

/** Somebody who has just installed it: nothing is set, and the server that they start takes a free port. */
function newcomer(): Place {
  const {path, remove} = tempFolder()
  close.push(remove)
  const {PATH, HOME, TMPDIR, LANG} = homeEnv(path)
  return {folder: path, env: {PATH, HOME, TMPDIR, LANG, POSTERN_LISTEN: '127.0.0.1:0'}}
}

/** Somebody who is signed in. */
async function signedIn(): Promise<Place> {
  const {folder, home, close: end} = await world()
  close.push(end)
  return {folder, env: homeEnv(home)}
}

/** Somebody who is signed in and keeps passwords in `pass`. */
async function withPasswords(): Promise<Place> {
  const {folder, env} = await signedIn()
  const gnupg = join(folder, 'gnupg')
  close.push(() => {
    execFileSync('gpgconf', ['--homedir', gnupg, '--kill', 'all'], {stdio: 'ignore'})
  })
  const setUp = `{
mkdir -m 700 "$GNUPGHOME"
gpg --batch --passphrase '' --quick-generate-key ops@example.com
pass init ops@example.com
echo hunter2 | pass insert -e prod/db
printf 's3cret\\nowner: ops\\n' | pass insert -m prod/api
printf '%s\\n' '-----BEGIN PRIVATE KEY-----' AAAA '-----END PRIVATE KEY-----' | pass insert -m prod/tls-key
} > /dev/null 2>&1`
  return {folder, env: {...env, GNUPGHOME: gnupg, PASSWORD_STORE_DIR: join(folder, 'store')}, setUp}
}

/** Who reads a document, where it is not somebody who is signed in, and what it needs beside a shell. */
const readers: Record<string, {who?: () => Place | Promise<Place>; needs: string[]}> = {
  'README.md': {who: newcomer, needs: ['openssl']},
  'docs/backup.md': {needs: ['age-keygen']},
  'docs/input-modes.md': {needs: ['sha256sum']},
  'docs/upgrade.md': {who: newcomer, needs: []},
  'docs/recipes/pass.md': {who: withPasswords, needs: ['pass', 'gpg']},
}

test.each(documents.filter((document) => stepsOf(textOf(document)).length > 0))(
  '%s shows what happens',
  async (document) => {
    const {who = signedIn, needs = []} = readers[document] ?? {}
    if (!has('script', ...needs)) return
    const steps = stepsOf(textOf(document))
    const {folder, env, setUp} = await who()
    const ran = await runSteps(steps, folder, env, setUp)
    for (const [index, {line, command, output, exit}] of steps.entries()) {
      const at = `${document}:${line}: ${command}\n${ran[index]!.output}`
      expect(ran[index]!.exit, at).toBe(exit)
      if (output.length > 0) expect(`${ran[index]!.output.replace(/\n+$/, '')}\n`, at).toMatch(pattern(output))
    }
  },
)
