import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {decodeEnrolment} from '../../src/formats/enrolment.ts'
import {signIn} from './browser.ts'
import {type Ran, type RunOptions, run} from './program.ts'
import type {RunningServer} from './server.ts'
import {succeed} from './world.ts'

/** Tokens by the names that this gives them. */
export type Tokens = Record<'owner' | 'bound' | 'auditor' | 'revoked' | 'expired' | 'acme', string>

const pem = `-----BEGIN PRIVATE KEY-----\n${'QUJD'.repeat(12)}\n-----END PRIVATE KEY-----\n`

/** Fills the store of a new server with something of everything, through the CLI. Gives the tokens that it made. */
export async function fill({data, ca}: RunningServer, home: string): Promise<Tokens> {
  const cli = async (argv: string, options?: RunOptions): Promise<Ran> => succeed(run(argv.split(' '), home, options))
  const json = async (argv: string) => JSON.parse((await cli(`${argv} --json`)).stdout)
  const owner = decodeEnrolment(readFileSync(join(data, 'owner-enrolment'), 'utf8'))!.token
  await succeed(run(['login', '--local', data], home))

  for (const stdin of ['hunter1', 'hunter2', 'hunter3']) await cli('secret set -s production DB_PASSWORD', {stdin})
  await cli('secret set -s production TLS_KEY', {stdin: pem})
  await cli('secret set -s production BINARY --binary', {stdin: Uint8Array.from({length: 256}, (_, byte) => byte)})
  await cli('secret declare -s production NOT_YET')
  await cli('secret set -s production GONE', {stdin: 'gone'})
  await cli('secret delete -s production GONE --yes')
  await cli('secret set -s my-saas/staging API_KEY', {stdin: 'abc'})
  await cli('scope rename my-saas/staging my-saas/test --yes')
  await cli('scope create empty/place')
  for (const stdin of ['info', 'debug']) await cli('variable set -s production LOG_LEVEL', {stdin})
  await cli('variable set -s production REGION --locked', {stdin: 'eu-west-1'})
  await cli('variable get -s production LOG_LEVEL')
  await cli('secret describe -s production DB_PASSWORD --owner data --note DBA --rotate-every 90d --expires 2099-01-31')
  await cli('secret describe -s production DB_PASSWORD --tag tier=1 --tag pci=yes')

  // What was until here goes into an archive, and leaves the store.
  await cli(`audit archive --before ${new Date().toISOString()} --out ${join(home, 'audit.jsonl')} --prune --yes`)

  await cli('role create rotator --permission secrets.list --permission secrets.write --yes')
  const made = async (name: string, flags: string) => (await json(`token create ${name} ${flags}`)).token as string
  const bound = await made('bound', '--role rotator --scope my-saas/** --cidr 127.0.0.0/8')
  const auditor = await made('auditor', '--role auditor')
  const revoked = await made('revoked', '--role writer')
  await cli('token revoke revoked --yes')
  const expired = await made('expired', `--role writer --expires ${new Date(Date.now() + 5000).toISOString()}`)

  const {enrolment} = await json('org create acme')
  await cli('login --profile acme', {stdin: enrolment})
  await cli('profile use default')
  await cli('org limits --profile acme --kept-versions 2 --yes')
  for (const stdin of ['1', '2', '3']) await cli('variable set --profile acme -s production LIMIT', {stdin})
  await cli('org create ended')
  await cli('org delete ended --yes')

  await cli('policy lock secrets.set --reason SOC2-14 --yes')
  await cli('policy lock --sensitivity authority --reason SOC2-15 --yes')
  await cli('policy unlock secrets.declare --yes')
  await cli('server rotate-key --data --yes')
  await signIn((await json('dashboard open')).url, ca)
  await cli(`audit archive --before ${new Date().toISOString()} --out ${join(home, 'audit-2.jsonl')} --yes`)
  await cli('audit verify')
  return {owner, bound, auditor, revoked, expired, acme: decodeEnrolment(enrolment)!.token}
}
