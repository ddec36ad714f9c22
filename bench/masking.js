import {randomBytes} from 'node:crypto'
import {number} from './report.js'
import {load} from './typescript.js'

const VALUES = 500
const PIECE = 64 * 1024

/** How fast output is masked, by what the SDK gives for it. */
export const masking = {
  name: 'masking',
  takes: (seconds) => texts.length * seconds + 5,
  async run(_world, {seconds, report}) {
    report.section(`Masking with ${VALUES} values of 8 to 64 bytes, in pieces of ${PIECE / 1024} KiB`)
    const {createMasker} = await load('src/sdk/mask/masker.ts')
    const values = Array.from({length: VALUES}, (_, n) => Buffer.from(randomBytes(4 + (n % 29)).toString('hex')))
    const masker = createMasker(values)
    const rows = texts.map(({what, make}) => {
      const piece = make(values)
      const {push, end} = masker.begin()
      for (let n = 0; n < 50; n += 1) push(piece)
      const until = performance.now() + seconds * 1000
      const began = performance.now()
      let bytes = 0
      while (performance.now() < until) {
        for (let n = 0; n < 20; n += 1) push(piece)
        bytes += 20 * piece.length
      }
      const perSecond = bytes / 1e6 / ((performance.now() - began) / 1000)
      end()
      return {what, perSecond}
    })
    report.table(
      ['text', 'MB/s'],
      rows.map(({what, perSecond}) => [what, number(perSecond)]),
    )
    for (const {what, perSecond} of rows)
      report.goal({what: `masked, ${what}`, measured: perSecond, least: 200, unit: 'MB/s'})
  },
}

const filled = (line) => {
  let text = ''
  for (let n = 0; text.length < PIECE; n += 1) text += `${line(n)}\n`
  return Buffer.from(text).subarray(0, PIECE)
}
const logLine = (n) =>
  `2026-11-26T12:00:${String(n % 60).padStart(2, '0')}.123Z info request ${n} GET /orders/${n * 7919} 200 in ${n % 90} ms`

const texts = [
  {what: 'lines of a log', make: () => filled(logLine)},
  {
    what: 'lines of a log, every tenth with a value',
    make: (values) => filled((n) => (n % 10 ? logLine(n) : `${logLine(n)} ${values[n % VALUES]}`)),
  },
  {
    what: 'hex, in which nearly every byte begins something',
    make: () => Buffer.from(randomBytes(PIECE / 2).toString('hex')),
  },
  {what: 'random bytes', make: () => randomBytes(PIECE)},
]
