import {join} from 'node:path'
import {string} from '@oclif/core/flags'
import {PosternCommand} from '../../lib/command/base.ts'
import {addressFlags, dataFlags, quoted, startProblem, tlsFlags} from '../../lib/command/server-flags.ts'
import type {RunningServer} from '../../server/start.ts'

export default class ServerStart extends PosternCommand<typeof ServerStart> {
  static override summary = 'Start the server: the gate, the store and their HTTPS surfaces'
  static override description =
    `The first start makes the data folder with its keys, a private certificate authority and the first owner.
Each flag has a variable: POSTERN_DATA for --data, and so on; POSTERN_LOG_LEVEL sets how much is logged on stderr.`
  static override examples = [
    '<%= config.bin %> server start',
    '<%= config.bin %> server start --data /srv/postern --listen 0.0.0.0:8443 --public-url https://postern.example.com:8443',
    '<%= config.bin %> server start --dashboard-listen 10.0.0.7:9443 --dashboard-url https://dashboard.example.com:9443',
    '<%= config.bin %> server start --tls-cert fullchain.pem --tls-key privkey.pem',
    '<%= config.bin %> server start --database-url postgres://postern@db.example.com/postern',
  ]
  static override flags = {
    ...dataFlags,
    ...addressFlags,
    'dashboard-listen': string({helpValue: 'ADDR', summary: 'Give the dashboard a listener of its own.'}),
    'dashboard-url': string({helpValue: 'URL', summary: 'URL that browsers use, when it is another.'}),
    ...tlsFlags,
    'database-pool': string({
      helpValue: 'N',
      summary: 'Connections to the database that read, at most; by default 10.',
    }),
    'database-statement-timeout': string({
      helpValue: 'SECONDS',
      summary: 'How long a statement of the database may take; by default 30.',
    }),
    'trusted-proxy': string({
      helpValue: 'CIDR',
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Proxy whose X-Forwarded-* headers are believed. Repeat for more.',
    }),
    'oidc-issuer': string({
      helpValue: 'URL',
      summary: 'Provider of single sign-on (OpenID Connect) for the dashboard.',
    }),
    'oidc-client-id': string({helpValue: 'ID', summary: 'What the provider knows this server as.'}),
    'oidc-client-secret-file': string({helpValue: 'FILE', summary: 'The client’s secret; without, a public client.'}),
    'oidc-scope': string({helpValue: 'SCOPE', summary: 'What is asked of it; by default “openid profile email”.'}),
    'oidc-groups-claim': string({
      helpValue: 'CLAIM',
      summary: 'The claim with a person’s groups; by default “groups”.',
    }),
    'oidc-role': string({
      helpValue: 'GROUP=ROLE',
      multiple: true,
      multipleNonGreedy: true,
      summary: 'The role of a group; the first that fits counts. Repeat for more.',
    }),
  }

  async run(): Promise<void> {
    const [{readSettings}, {start}, {stderrLog}, {firstSignal}] = await Promise.all([
      import('../../server/settings.ts'),
      import('../../server/start.ts'),
      import('../../server/logger.ts'),
      import('../../server/signals.ts'),
    ])
    try {
      const {settings, warnings} = readSettings(this.flags, this.world.env)
      const {root, version} = this.config
      const server = await start(settings, {log: stderrLog(), version, page: join(root, 'dist/dashboard')})
      const stopping = firstSignal()
      for (const warning of [...warnings, ...server.warnings]) this.warn(warning)
      this.announce(server, settings.data)
      await stopping
      await server.stop()
    } catch (error) {
      throw startProblem(error)
    }
  }

  /** Says that it runs: one line of JSON with `--json`, else where, and what to type next. */
  private announce({adminUrl, dashboardUrl, caFingerprint, enrolmentFile}: RunningServer, data: string): void {
    const next = enrolmentFile === null ? null : `${this.config.bin} login --local ${quoted(data)}`
    if (this.jsonEnabled()) this.logJson({adminUrl, dashboardUrl, caFingerprint, data, enrolmentFile, next})
    this.log(`Postern listens on ${adminUrl}`)
    if (dashboardUrl !== adminUrl) this.log(`Dashboard: ${dashboardUrl}`)
    if (caFingerprint !== null) this.log(`CA fingerprint: ${caFingerprint}`)
    if (next !== null) this.log(`Sign in as the owner, on this machine: ${next}`)
  }

  override logJson(json: unknown): void {
    if (json !== undefined) this.world.stdout.write(`${JSON.stringify(json)}\n`)
  }
}
