import {resolve} from 'node:path'
import {configDefaults, defineConfig} from 'vitest/config'
import {kyFiles, lightKy} from './scripts/light-ky.js'
import {long} from './test/setup/long.ts'

const pattern = (path: string) => (path.endsWith('.ts') ? path : `${path}/**/*.test.ts`)
const messages = resolve(import.meta.dirname, 'src/client/messages.ts')

export default defineConfig({
  plugins: [
    {
      name: 'ky-loads-no-undici',
      transform: (code, id) => (kyFiles.test(id) ? lightKy(code, messages) : null),
    },
  ],
  test: {
    server: {deps: {inline: ['ky']}},
    // The long ones alone, or all others: with POSTERN_TEST_LONG=1, as `npm run test:long` sets it.
    include: process.env.POSTERN_TEST_LONG ? long.map(pattern) : ['test/**/*.test.ts'],
    exclude: process.env.POSTERN_TEST_LONG ? [] : [...configDefaults.exclude, ...long.map(pattern)],
    globalSetup: ['test/setup/chromium.ts', 'test/setup/build.ts', 'test/setup/postgres.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // No test changes a module or mocks one, and to load them all anew for each file takes as long as many tests.
    isolate: false,
  },
})
