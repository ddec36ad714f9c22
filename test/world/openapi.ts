import * as z from 'zod'
import type {Surface} from '../../src/contract/surfaces.ts'
import {request} from './request.ts'
import type {RunningServer} from './server.ts'

/** As much of JSON Schema as the document uses. */
export interface JsonSchema {
  type?: string
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: boolean | JsonSchema
  propertyNames?: JsonSchema
  items?: JsonSchema
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  enum?: string[]
  const?: unknown
  minimum?: number
  maximum?: number
  pattern?: string
  format?: string
}

export interface Parameter {
  name: string
  in: 'path' | 'query'
  required: boolean
  schema: JsonSchema
}

/** An operation, as the document says it. */
export interface Described {
  id: string
  surface: Surface
  method: string
  path: string
  params: Parameter[]
  query: Parameter[]
  body: JsonSchema | null
  /** What it answers when it is done. */
  reply: JsonSchema
}

interface Document {
  paths: Record<string, Record<string, Operation>>
}
interface Operation {
  operationId: string
  tags: [Surface]
  parameters: Parameter[]
  requestBody?: {content: {'application/json': {schema: JsonSchema}}}
  responses: {200: {content: {'application/json': {schema: JsonSchema}}}}
}

/** Every operation of the OpenAPI document that a server gives of itself. */
export async function describedBy({url, ca}: Pick<RunningServer, 'url' | 'ca'>): Promise<Described[]> {
  const {paths} = (await request(url, '/openapi.json', ca)).json as Document
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, {operationId: id, tags, parameters, requestBody, responses}]) => ({
      id,
      surface: tags[0],
      method: method.toUpperCase(),
      path,
      params: parameters.filter((one) => one.in === 'path'),
      query: parameters.filter((one) => one.in === 'query'),
      body: requestBody?.content['application/json'].schema ?? null,
      reply: responses[200].content['application/json'].schema,
    })),
  )
}

const compiled = new WeakMap<JsonSchema, z.ZodType>()

/** Whether the document's schema lets this JSON value pass. */
export function accepts(schema: JsonSchema, value: unknown): boolean {
  const known = compiled.get(schema) ?? z.fromJSONSchema(schema as never)
  compiled.set(schema, known)
  return known.safeParse(value).success
}

/** Texts of which each pattern of the contract takes one. */
const words = [
  'sample',
  'secrets.set',
  '0'.repeat(16),
  '0'.repeat(64),
  `${'A'.repeat(43)}=`,
  'A'.repeat(43),
  '10.0.0.0/8',
  '2090-01-01T00:00:00Z',
]

/** A value that the schema takes, with nothing that could be left out. @throws when `words` have none for its pattern. */
export function sampleOf(schema: JsonSchema): unknown {
  const {type, properties = {}, required = [], items, anyOf, oneOf} = schema
  const [first] = anyOf ?? oneOf ?? []
  if (first !== undefined) return sampleOf(first)
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return schema.enum[0]
  if (type === 'object') return Object.fromEntries(required.map((name) => [name, sampleOf(properties[name]!)]))
  if (type === 'array') return [sampleOf(items!)]
  if (type === 'integer') return schema.minimum ?? 1
  if (type === 'boolean') return true
  if (type === 'null') return null
  const word = words.find((one) => accepts(schema, one))
  if (word === undefined) throw new Error(`no word for ${JSON.stringify(schema)}`)
  return word
}
