import {existsSync} from 'node:fs'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/opt/google/chrome/chrome']

/** The Chromium of this machine; null: there is none, and what needs one is skipped (test/setup/chromium.ts says so). */
export const chromiumPath: string | null =
  process.env.POSTERN_TEST_CHROMIUM ?? places.find((place) => existsSync(place)) ?? null
