import {chromiumPath} from '../world/chromium-path.ts'

/** Says once, before anything runs, what is skipped for want of a browser; where CI runs, that is an error. */
export default function setup(): void {
  if (chromiumPath !== null) return
  if (process.env.CI === 'true') throw new Error('There is no Chromium, and CI must have one: apt-get install chromium')
  console.warn('NO CHROMIUM ON THIS MACHINE: the tests of the dashboard are skipped. apt-get install chromium')
}
