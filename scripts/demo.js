// A tour that checks itself: a real server on loopback HTTPS with its store in a temporary folder, and the real CLI. Each line
// that begins with $ is run by the shell as it stands. Ends with 1 when anything is not as it should be. `npm run demo`.
import {spawn} from 'node:child_process'
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {request} from 'node:https'
import {tmpdir} from 'node:os'
import {delimiter, join, resolve} from 'node:path'

const program = resolve(import.meta.dirname, '../bin/run.js')
const folder = mkdtempSync(join(tmpdir(), 'postern-demo-'))
const values = ['hunter2', 'hunter3', 'hunter4', 'top-secret-key', 'licensed to nobody']
const running = new Set()

/** Somebody's environment of their own: their home is the folder, and `postern` is on their PATH. */
function environment() {
  for (const name of ['bin', 'home', 'tmp']) mkdirSync(join(folder, name), {mode: 0o700})
  writeFileSync(join(folder, 'bin/postern'), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`, {mode: 0o755})
  const {PATH = '', LANG = 'C.UTF-8'} = process.env
  return {PATH: join(folder, 'bin') + delimiter + PATH, HOME: join(folder, 'home'), TMPDIR: join(folder, 'tmp'), LANG}
}
const env = environment()

const bold = process.stdout.isTTY && !process.env.NO_COLOR ? (text) => `\u001b[1m${text}\u001b[22m` : (text) => text
const print = (text = '') => process.stdout.write(`${text}\n`)
const title = (text) => print(`\n${bold(`# ${text}`)}`)

/** Stops the tour when `holds` is false. */
function expect(holds, what) {
  if (!holds) throw new Error(`Not as expected: ${what}`)
}

function shell(line, stdio) {
  const child = spawn('sh', ['-c', line], {cwd: folder, env, stdio})
  running.add(child)
  child.on('close', () => running.delete(child))
  return child
}

/** Shows a line as one would type it, runs it, shows what it prints; checks status and text. Gives the text. */
async function type(line, {exit = 0, says = /(?:)/} = {}) {
  print(`${bold('$')} ${line}`)
  const child = shell(line, ['ignore', 'pipe', 'pipe'])
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part) => {
      text += part
      process.stdout.write(part)
    })
  }
  const code = await new Promise((done, fail) => child.on('error', fail).on('close', done))
  if (text !== '' && !text.endsWith('\n')) print()
  if (code !== 0) print(`[exit ${code}]`)
  expect(code === exit, `exit ${code} instead of ${exit}`)
  expect(says.test(text), `the output does not match ${says}`)
  return text
}

/** Starts the server as a shell's job would run, and gives it once it says where it listens. */
async function startServer(line) {
  print(`${bold('$')} ${line} &`)
  const child = shell(`exec ${line}`, ['ignore', 'pipe', 'inherit'])
  const ended = new Promise((done) => child.on('close', done))
  let text = ''
  await new Promise((done, fail) => {
    child.stdout.setEncoding('utf8').on('data', (part) => {
      text += part
      process.stdout.write(part)
      if (text.includes('Sign in as the owner')) done()
    })
    ended.then((code) => fail(new Error(`the server ended with ${code}`)))
  })
  return {child, ended, url: /https:\/\/\S+/.exec(text)[0]}
}

const read = (name) => readFileSync(join(folder, name), 'utf8')

/** What a browser sends, and what it is answered. */
async function browse(method, url, {headers = {}, body} = {}) {
  print(`${bold(method)} ${url.replace(/link=.*/, 'link=…')}`)
  const answer = await new Promise((done, fail) => {
    request(url, {method, ca: read('data/tls/ca.crt'), headers}, (message) => {
      let text = ''
      message.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      message.on('end', () => done({status: message.statusCode, headers: message.headers, text}))
    })
      .on('error', fail)
      .end(body)
  })
  print(`${answer.status}`)
  return answer
}

/** Opens the one-time link and presses its button. Gives what the page then sends with each request. */
async function signIn(link) {
  const {origin, searchParams} = new URL(link)
  const page = await browse('GET', link)
  expect(page.status === 200 && page.text.includes('<button>'), 'the link shows a button')
  const form = `link=${searchParams.get('link')}`
  const pressed = await browse('POST', `${origin}/dashboard/signin`, {
    headers: {'content-type': 'application/x-www-form-urlencoded', origin},
    body: form,
  })
  expect(pressed.status === 303, 'the button signs in')
  const cookie = String(pressed.headers['set-cookie']).split(';')[0]
  const who = await browse('GET', `${origin}/dashboard/v1/whoami`, {headers: {cookie}})
  return {cookie, origin, 'x-csrf-token': JSON.parse(who.text).csrfToken}
}

async function inputModes() {
  title(
    'A value comes from a pipe, a file, the environment or, if it is no secret, an argument (on a terminal: a prompt)',
  )
  await type("printf 'hunter2\\n' | postern secret set --scope production DB_PASSWORD", {
    says: /version 1, 7 bytes, .*a trailing newline was dropped/,
  })
  await type("printf 'licensed to nobody\\n' > license.txt")
  await type('postern secret set --scope production LICENSE --from-file license.txt --no-trim', {says: /19 bytes/})
  await type('SECRET_VALUE=top-secret-key postern secret set --scope production API_KEY --from-env SECRET_VALUE', {
    says: /version 1, 14 bytes/,
  })
  await type('postern variable set --scope production LOG_LEVEL --value debug', {says: /Warning: --value shows/})

  title('A dry run needs no server; its fingerprint can be held against the value later')
  const dry = await type('printf hunter3 | postern secret set --scope production DB_PASSWORD --dry-run', {
    says: /^\[dry-run\] would set DB_PASSWORD in scope production sha256=[0-9a-f]{64}\n$/,
  })
  const confirm = `postern secret set --scope production DB_PASSWORD --confirm-fingerprint ${/sha256=(\w+)/.exec(dry)[1]}`
  await type(`printf hunter4 | ${confirm}`, {exit: 7, says: /nothing was written/})
  await type(`printf hunter3 | ${confirm}`, {says: /version 2/})

  title('A pipe whose left side failed does not empty a secret')
  await type('cat no-such-file | postern secret set --scope production DB_PASSWORD', {exit: 1, says: /value is empty/})
}

async function lockTheDashboard() {
  title('The compliance team locks the dashboard')
  await type('postern policy lock secrets.set --reason SOC2-14 --yes', {says: /secrets\.set\s.*cli-only/})

  title('A browser signs in by a one-time link, and is refused')
  const link = (await type('postern dashboard open', {says: /^https:/})).trim()
  const headers = await signIn(link)
  const secret = `${headers.origin}/dashboard/v1/orgs/default/secrets/DB_PASSWORD`
  const body = JSON.stringify({value: {encoding: 'utf8', data: 'hunter4'}})
  const refused = await browse('PUT', `${secret}?scope=production`, {
    headers: {...headers, 'content-type': 'application/json'},
    body,
  })
  const problem = JSON.parse(refused.text)
  print(JSON.stringify(problem, null, 2))
  expect(refused.status === 403 && problem.code === 'operation_disabled', 'the dashboard is refused')

  title('It may still declare a name for somebody else to fill in')
  const declared = await browse('POST', `${secret.replace('DB_PASSWORD', 'NEW_KEY')}/declare?scope=production`, {
    headers,
  })
  expect(declared.status === 200, 'the dashboard declares')

  title('The CLI, by the command that the refusal names, is accepted')
  await type(`printf hunter4 | ${problem.cliEquivalent}`, {says: /version 3/})
  await type('postern secret list', {says: /DB_PASSWORD[\s\S]*NEW_KEY\s.*missing/})
}

async function tour() {
  title('The server: one process, its own certificate authority, an embedded store')
  const server = await startServer('postern server start --data data --listen 127.0.0.1:0 2> server.log')
  await type('postern login --local data', {says: /as owner/})
  await inputModes()
  await lockTheDashboard()

  title('All of it is in the audit log')
  await type('postern audit list', {says: /dashboard\tsecrets\.set\t.*refused: operation_disabled/})
  await type('postern audit verify', {says: /^Verified/})

  title('The server stops; nothing that it wrote has a value in it')
  print(`${bold('$')} kill %1`)
  server.child.kill('SIGTERM')
  expect((await server.ended) === 0, 'the server stops with 0')
  const files = readdirSync(join(folder, 'data'), {recursive: true}).map((name) => join('data', String(name)))
  const written = [...files, 'server.log'].filter((name) => statSync(join(folder, name)).isFile())
  for (const name of written) {
    const bytes = readFileSync(join(folder, name))
    expect(!values.some((value) => bytes.includes(value)), `${name} holds no value`)
  }
  print(`${written.length} files: no value found.`)
}

async function cleanUp() {
  const ending = [...running].map((child) => new Promise((done) => child.on('close', done)))
  for (const child of running) child.kill('SIGTERM')
  await Promise.all(ending)
  rmSync(folder, {recursive: true, force: true, maxRetries: 5})
}

process.on('SIGINT', () => {
  cleanUp().finally(() => process.exit(130))
})
try {
  await tour()
} catch (error) {
  console.error(`\n${error.message}`)
  process.exitCode = 1
} finally {
  await cleanUp()
  print(`Removed ${folder}.`)
}
