import {type RecoveryShare, shareLines} from '../../formats/recovery-share.ts'

/** A share, or a whole key, as a page to print or to write down. `of`: how many shares there are. */
export function sheet(share: RecoveryShare, {of, made, bin}: {of: number; made: Date; bin: string}): string {
  const {threshold, number, rootKeyId} = share
  const day = made.toISOString().slice(0, 10)
  const [title, meaning] =
    threshold === 1
      ? [
          'POSTERN ROOT KEY',
          ['Whoever has this page and a backup or the database has every value. Keep it apart from both.'],
        ]
      : [
          `POSTERN RECOVERY SHARE ${number} OF ${of}`,
          [
            `Any ${threshold} of the ${of} shares give the root key, which opens every store and backup under it.`,
            'Fewer give nothing. Keep this one apart from the others, and from backups.',
          ],
        ]
  return [
    title,
    `of the root key ${rootKeyId}, made on ${day}`,
    '',
    ...shareLines(share).map((line) => `    ${line}`),
    '',
    ...meaning,
    'It is digits, and letters from a to f: 0 is a zero, 1 is a one. The last two of each line are a check.',
    '',
    `To try it:                ${bin} server recovery-kit --check`,
    `To get the root key back: ${bin} server recovery-kit --restore root.key`,
    'When the root key was replaced (server rotate-key --root), this page is worth nothing for what came after.',
    '',
  ].join('\n')
}
