import {readdirSync, readFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {expect, test} from 'vitest'
import {registry} from '../../src/contract/operations.ts'

const folder = resolve(import.meta.dirname, '../../src/dashboard')
const sources = readdirSync(folder, {recursive: true})
  .map(String)
  .filter((file) => file.endsWith('.tsx'))
  .map((file) => [file, readFileSync(join(folder, file), 'utf8')] as const)
const offered = [...registry].filter(([, {surfaces}]) => surfaces.includes('dashboard')).map(([name]) => name)
/** Of secrets and variables alike. */
const written = (name: string) => [`operation="${name}"`, `operation={\`\${kind}s.${name.split('.')[1]}\`}`]

test.each(offered)('%s, which the dashboard offers, has a control that goes by the policy', (name) => {
  expect(sources.some(([, text]) => written(name).some((how) => text.includes(how)))).toBe(true)
})

test.each(offered)('%s is named by a page, for its banner of locks', (name) => {
  const pages = sources.filter(([file]) => file.startsWith('pages/'))
  expect(pages.some(([, text]) => text.includes(`'${name}'`))).toBe(true)
})

test('no page calls a route that the dashboard does not offer, or has a control of an operation that it does not', () => {
  const named = sources.flatMap(([, text]) => [...text.matchAll(/operation="([a-z.]+)"/g)].map(([, name]) => name!))
  expect(named.filter((name) => !offered.includes(name))).toEqual([])
})
