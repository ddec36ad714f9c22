import * as z from 'zod/mini'
import {key, name, org} from '../../contract/names.ts'
import {operations} from '../../contract/operations.ts'
import {problem} from '../../contract/problem.ts'
import {problems} from '../../contract/problems.ts'
import type {Route} from '../../contract/route.ts'
import {routes} from '../../contract/routes/index.ts'
import {prefixes, type Surface} from '../../contract/surfaces.ts'

const schemaOf = (schema: z.ZodMiniType, io: 'input' | 'output') => {
  const {$schema: _, ...rest} = z.toJSONSchema(schema, {io, unrepresentable: 'any'}) as Record<string, unknown>
  return rest
}

const params = {org, key, name}

/** The OpenAPI 3.1 document of these surfaces, made from the contract's routes. */
export function openApi(surfaces: readonly Surface[], version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const surface of surfaces) {
    for (const [name, route] of Object.entries(routes) as [string, Route][]) {
      if (!route.surfaces.includes(surface)) continue
      const path = prefixes[surface] + route.path.replace(/:(\w+)/g, '{$1}')
      paths[path] ??= {}
      paths[path][route.method.toLowerCase()] = operationOf(`${surface}_${name}`, route, surface)
    }
  }
  return {
    openapi: '3.1.0',
    info: {title: 'Postern', version, license: {name: 'MIT', identifier: 'MIT'}},
    paths,
    components: {
      schemas: {Problem: schemaOf(problem, 'output')},
      securitySchemes: {
        cli: {type: 'http', scheme: 'bearer'},
        dashboard: {type: 'apiKey', in: 'cookie', name: '__Host-postern-session'},
      },
    },
  }
}

function operationOf(operationId: string, route: Route, surface: Surface): object {
  const names = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1] as keyof typeof params)
  const query =
    route.query === undefined ? {} : (schemaOf(route.query, 'input') as {properties?: object; required?: string[]})
  const problemAnswer = {content: {'application/problem+json': {schema: {$ref: '#/components/schemas/Problem'}}}}
  const statuses = [
    ...new Set(Object.values(problems).flatMap((entry) => (entry.status === null ? [] : [entry.status]))),
  ].sort()
  return {
    operationId,
    summary: route.summary,
    tags: [surface],
    security: [{[surface]: []}],
    'x-permission': route.verb === 'write' ? operations[route.operation].permission : route.permission,
    ...(route.verb === 'write' ? {'x-operation': route.operation} : {}),
    parameters: [
      ...names.map((name) => ({name, in: 'path', required: true, schema: schemaOf(params[name], 'input')})),
      ...Object.entries(query.properties ?? {}).map(([name, schema]) => ({
        name,
        in: 'query',
        required: query.required?.includes(name) ?? false,
        schema,
      })),
    ],
    ...(route.body === undefined
      ? {}
      : {requestBody: {required: true, content: {'application/json': {schema: schemaOf(route.body, 'input')}}}}),
    responses: {
      200: {description: 'Done', content: {'application/json': {schema: schemaOf(route.reply, 'output')}}},
      ...Object.fromEntries(
        statuses.map((status) => [
          status,
          {
            description: Object.entries(problems)
              .filter(([, entry]) => entry.status === status)
              .map(([code, entry]) => `${code}: ${entry.title}`)
              .join('; '),
            ...problemAnswer,
          },
        ]),
      ),
    },
  }
}
