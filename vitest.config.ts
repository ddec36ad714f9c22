import {resolve} from 'node:path'
import {defineConfig} from 'vitest/config'
import {kyFiles, lightKy} from './scripts/light-ky.js'

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
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup/build.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
