import {boolean, custom, string} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import type {RecoveryShare} from '../../formats/recovery-share.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {dataFlags, placeFlags, quoted, startProblem} from '../../lib/command/server-flags.ts'
import type {Settings} from '../../server/settings.ts'

const one = {exactlyOne: ['shares', 'print', 'check', 'restore']}

const count = (flag: string) => async (text: string) => {
  if (/^\d{1,3}$/.test(text) && Number(text) >= 2 && Number(text) <= 255) return Number(text)
  throw new PosternError('usage', `${flag} takes a number from 2 to 255.`)
}

export default class ServerRecoveryKit extends PosternCommand<typeof ServerRecoveryKit> {
  static override summary = 'Put the root key on paper, whole or split among several people, and try that it comes back'
  static override description =
    `--shares 5 --threshold 3 makes five pages, any three of which give the root key (Shamir's secret sharing), while two give nothing. --print makes one page with all of it. Pages are shown one at a time on a terminal, and cleared when they are on paper; --out writes them to files, to print. Nothing goes into a pipe.
--check reads pages back, typed or from files, and compares the key that they give with the store's; it changes nothing, and ends with 1 when it is another one. --restore writes that key into a new file.`
  static override examples = [
    '<%= config.bin %> server recovery-kit --shares 5 --threshold 3 --data /var/lib/postern',
    '<%= config.bin %> server recovery-kit --check --data /var/lib/postern',
    '<%= config.bin %> server recovery-kit --check --share share-1-of-5.txt --share share-4-of-5.txt --share share-5-of-5.txt',
    '<%= config.bin %> server recovery-kit --restore root.key',
  ]
  static override flags = {
    shares: custom<number>({
      ...one,
      dependsOn: ['threshold'],
      helpValue: 'N',
      summary: 'Split the root key into N shares.',
      parse: count('--shares'),
    })(),
    threshold: custom<number>({
      dependsOn: ['shares'],
      helpValue: 'M',
      summary: 'Of which any M give it.',
      parse: count('--threshold'),
    })(),
    print: boolean({...one, summary: 'Make one page that is the whole root key.'}),
    check: boolean({...one, summary: 'Read pages back, and compare with the store’s root key.'}),
    restore: string({...one, helpValue: 'FILE', summary: 'Read pages back, and write the root key into a new file.'}),
    out: string({
      helpValue: 'DIR',
      exclusive: ['check', 'restore'],
      summary: 'Write each page to a file of its own, 0600, instead of showing it.',
    }),
    share: string({
      helpValue: 'FILE',
      multiple: true,
      multipleNonGreedy: true,
      exclusive: ['shares', 'print'],
      summary: 'A page to read back. Repeat for more; by default they are typed.',
    }),
    ...dataFlags,
  }

  async run() {
    const {readSettings} = await import('../../server/settings.ts')
    const {flags, world} = this
    try {
      const {settings} = readSettings(placeFlags(flags), world.env)
      if (flags.check) return await this.check(settings)
      if (flags.restore !== undefined) return await this.restore(flags.restore)
      return await this.make(settings)
    } catch (error) {
      throw startProblem(error)
    }
  }

  private async make(settings: Settings) {
    const [{rootKeyForKit}, {splitKey, wholeKey}, {sheet}, {checkHandOut, showPages, writePages}] = await Promise.all([
      import('../../server/backup/kit-key.ts'),
      import('../../lib/recovery/kit.ts'),
      import('../../lib/recovery/sheet.ts'),
      import('../../lib/recovery/hand-out.ts'),
    ])
    const {shares: of = 1, threshold = 1, out} = this.flags
    if (threshold > of)
      throw new PosternError(
        'usage',
        `${of} shares cannot give what takes ${threshold}: --threshold is at most --shares.`,
      )
    checkHandOut(out, this.jsonEnabled(), this.world)
    const key = await rootKeyForKit(settings)
    const shares = of === 1 ? [wholeKey(key)] : await splitKey(key, of, threshold)
    const made = this.world.now()
    const pages = shares.map((share) => ({
      name: of === 1 ? 'root-key.txt' : `share-${share.number}-of-${of}.txt`,
      text: sheet(share, {of, made, bin: this.config.bin}),
    }))
    const files = out === undefined ? [] : await writePages(out, pages)
    if (out === undefined) await showPages(pages, this.world)
    const {rootKeyId} = shares[0]!
    const what = of === 1 ? 'on one page' : `on ${of} pages, of which any ${threshold} give it`
    this.log(`The root key ${rootKeyId} is ${what}.`)
    for (const file of files) this.log(`  ${file}`)
    if (out !== undefined) this.log('Print them, hand them out, and remove the files.')
    const next = `${this.config.bin} server recovery-kit --check`
    this.log(`Try that it comes back: ${next}`)
    return {rootKeyId, shares: of, threshold, files, next}
  }

  /** The key that pages give, and what they say of it. */
  private async joined(): Promise<{key: Buffer; shares: RecoveryShare[]; rootKeyId: string}> {
    const [{readShares}, {joinKey}] = await Promise.all([
      import('../../lib/recovery/read.ts'),
      import('../../lib/recovery/kit.ts'),
    ])
    const shares = await readShares(this.flags.share ?? [], this.world)
    return {key: await joinKey(shares), shares, rootKeyId: shares[0]!.rootKeyId}
  }

  private async check(settings: Settings) {
    const {storeRootKeyId} = await import('../../server/backup/kit-key.ts')
    const store = await storeRootKeyId(settings)
    const {key, shares, rootKeyId} = await this.joined()
    key.fill(0)
    const where = settings.database?.place ?? settings.data
    const found = {rootKeyId, shares: shares.length, threshold: shares[0]!.threshold, store}
    this.log(`What was read gives the root key ${rootKeyId}.`)
    if (store === null) this.log(`There is no store in ${where} to compare it with.`)
    else if (store === rootKeyId) this.log(`The store in ${where} is under that key.`)
    else {
      const problem = new PosternError('failed', `The store in ${where} is under another root key, ${store}.`, {
        next: `make a kit of that: ${this.config.bin} server recovery-kit --shares N --threshold M`,
      })
      return {...found, ...(await this.endWith(problem))}
    }
    return found
  }

  private async restore(file: string) {
    const {writeRecoveredKey} = await import('../../server/backup/kit-key.ts')
    const {key, shares, rootKeyId} = await this.joined()
    await writeRecoveredKey(file, key)
    key.fill(0)
    this.log(`Wrote the root key ${rootKeyId} into ${file}.`)
    const next = `${this.config.bin} server start --root-key-file ${quoted(file)}`
    this.log(`Next: ${next}   (or server restore, with the same flag)`)
    return {rootKeyId, shares: shares.length, file, next}
  }
}
