import {string} from '@oclif/core/flags'
import {isNamePattern, isOrg, isScope, NAME_PATTERN_RULE, ORG_RULE, SCOPE_RULE} from '../../contract/name-rules.ts'
import {isScopePattern, SCOPE_PATTERN_RULE} from '../../contract/scope-pattern.ts'
import type {Project} from '../project/project.ts'
import {orgFlag, ruled} from './flags.ts'
import type {World} from './world.ts'

const several = {multiple: true, multipleNonGreedy: true} as const

/** Which environment is meant, for whatever reads its values or names. */
export const consumeFlags = {
  environment: string({
    char: 'e',
    helpValue: 'ENV',
    summary: 'The environment; else postern.json’s. A token that is bound to one needs none.',
    parse: ruled('--environment', isScope, SCOPE_RULE),
  }),
  ...orgFlag,
  component: string({
    helpValue: 'NAME',
    summary: 'The part of the project, as postern.json names it; else the current folder tells.',
    parse: ruled('--component', isOrg, ORG_RULE),
  }),
}

/** What narrows it. */
export const narrowFlags = {
  scope: string({
    ...several,
    char: 's',
    helpValue: 'PATTERN',
    summary: 'Only what comes from these scopes. Repeat for more.',
    parse: ruled('--scope', isScopePattern, SCOPE_PATTERN_RULE),
  }),
  only: string({
    ...several,
    helpValue: 'GLOB',
    summary: "Only keys that this fits, as in 'VITE_*'; else postern.json’s for the component. Repeat for more.",
    parse: ruled('--only', (text) => isNamePattern(text) && !text.includes('/'), NAME_PATTERN_RULE),
  }),
}

interface Typed {
  environment?: string | undefined
  component?: string | undefined
  only?: readonly string[] | undefined
  scope?: readonly string[] | undefined
}

/** What a command consumes, from its flags and its project, and which project that is. */
export async function consumed({environment, component, only, scope}: Typed, world: Pick<World, 'env' | 'stderr'>) {
  const {projectAt, projectLine} = await import('../project/project.ts')
  const say = (line: string) => void world.stderr.write(`${line}\n`)
  const project: Project | null = projectAt({cwd: process.cwd(), env: world.env, component, say})
  const takes =
    project !== null &&
    ((environment ?? project.environment) !== environment || (only === undefined && project.only !== undefined))
  if (takes) say(projectLine(project))
  return {
    environment: environment ?? project?.environment,
    org: project?.organization,
    filters: {only: only ?? project?.only, scopes: scope},
  }
}
