import * as z from 'zod/mini'
import {MAX_ORG, MAX_SCOPE, orgPattern, scopePattern} from './name-rules.ts'

/** The most globs of one list, and the most characters of one: more could match no key. */
const MAX_ONLY = 50
const MAX_GLOB = 255
const keyGlobPattern = /^[A-Za-z0-9_*?]+$/

const FOLDER = '(?!\\.{1,2}(?:/|$))[^/\\\\\\u0000-\\u001f\\u007f]+'
const folderPattern = new RegExp(`^(?:\\.|${FOLDER}(?:/${FOLDER})*)$`)
const MAX_FOLDER = 500

const text = (pattern: RegExp, most: number, description: string) =>
  z.string().check(z.maxLength(most), z.regex(pattern)).register(z.globalRegistry, {description})

const component = z
  .strictObject({
    folder: z.optional(text(folderPattern, MAX_FOLDER, 'What runs in it, or below, is of this component')),
    environment: z.optional(text(scopePattern, MAX_SCOPE, 'Its environment, where that is not the project’s')),
    only: z.optional(
      z
        .array(text(keyGlobPattern, MAX_GLOB, 'A key; * stands for any text, ? for one character'))
        .check(z.minLength(1), z.maxLength(MAX_ONLY))
        .register(z.globalRegistry, {description: 'It gets these keys and no other, as VITE_*'}),
    ),
  })
  .register(z.globalRegistry, {description: 'A part of the project, and what it needs'})

/**
 * The project file, postern.json. Published as docs/formats/postern.schema.json, which `npm run generate` makes from this.
 * It says what a project needs, never where that comes from: whoever can write to a folder could otherwise have a token sent
 * to them.
 */
export const projectFile = z
  .strictObject({
    $schema: z.optional(z.string().register(z.globalRegistry, {description: 'For editors; Postern ignores it'})),
    organization: z.optional(text(orgPattern, MAX_ORG, 'The organization that all of this is in')),
    environment: z.optional(text(scopePattern, MAX_SCOPE, 'What `postern run` and others use without --environment')),
    scopes: z.optional(
      z
        .record(
          text(folderPattern, MAX_FOLDER, 'A folder below this file’s; "." is that one'),
          text(scopePattern, MAX_SCOPE, 'Its scope'),
        )
        .register(z.globalRegistry, {
          description: 'What `postern secret set` uses without --scope, by folder; the deepest that one is in decides',
        }),
    ),
    components: z.optional(
      z
        .record(text(orgPattern, MAX_ORG, 'The name of a component'), component)
        .register(z.globalRegistry, {description: 'Parts of the project that need less than all'}),
    ),
  })
  .register(z.globalRegistry, {
    title: 'Postern project',
    description: 'What the commands of Postern take from the folder that they run in. It never names a server.',
  })
export type ProjectFile = z.infer<typeof projectFile>
