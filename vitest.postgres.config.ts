import {configDefaults, defineConfig, mergeConfig} from 'vitest/config'
import {once} from './test/setup/once.ts'
import base from './vitest.config.ts'

export default mergeConfig(
  base,
  defineConfig({
    test: {
      env: {POSTERN_TEST_ENGINE: 'postgres'},
      exclude: [...configDefaults.exclude, ...once.map((path) => (path.endsWith('.ts') ? path : `${path}/**`))],
    },
  }),
)
