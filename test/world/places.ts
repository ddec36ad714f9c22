import {inUrl} from './hostile.ts'
import {type Described, type JsonSchema, type Parameter, sampleOf} from './openapi.ts'

/** A request as it goes out, without its credential. */
export interface Ask {
  method: string
  path: string
  headers: Record<string, string>
  body?: string | Uint8Array
}

/** What stands in the JSON text as it is written here, since no JSON value is written so. */
export const raw = (text: string) => `@raw ${text}@`
export const jsonOf = (body: unknown) => JSON.stringify(body).replace(/"@raw ([^"]*)@"/g, '$1')

/** The operation's own request, with parts of it replaced. */
export function request(
  {method, path, params, query, body}: Described,
  given: {params?: Record<string, string>; query?: string[]; body?: Ask['body']; headers?: Record<string, string>} = {},
): Ask {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => given.params?.[name] ?? sampleParam(params, name))
  const needed = query.filter((one) => one.required).map((one) => `${one.name}=${inUrl(String(sampleOf(one.schema)))}`)
  const asked = given.query ?? needed
  const sent = given.body ?? (body === null ? undefined : jsonOf(sampleOf(body)))
  return {
    method,
    path: filled + (asked.length === 0 ? '' : `?${asked.join('&')}`),
    headers: {...(sent === undefined ? {} : {'content-type': 'application/json'}), ...given.headers},
    ...(sent === undefined ? {} : {body: sent}),
  }
}

const sampleParam = (params: readonly Parameter[], name: string) =>
  name === 'org' ? 'default' : String(sampleOf(params.find((one) => one.name === name)!.schema))

/** A place within a body. */
export interface Node {
  at: string
  schema: JsonSchema
  /** The whole body, good but for what is put there. */
  wrap: (value: unknown) => unknown
  /** Where the client names a field itself; `wrap` takes that name. */
  isName: boolean
}

/** Every place within a body of this schema, the optional ones too. */
export function* nodesOf(schema: JsonSchema, at = 'body', wrap: Node['wrap'] = (value) => value): Generator<Node> {
  yield {at, schema, wrap, isName: false}
  for (const option of schema.anyOf ?? schema.oneOf ?? []) if (option.type !== 'null') yield* nodesOf(option, at, wrap)
  if (schema.items !== undefined) yield* nodesOf(schema.items, `${at}[]`, (value) => wrap([value]))
  if (schema.type !== 'object') return
  const sample = sampleOf(schema) as object
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    yield* nodesOf(property, `${at}.${name}`, (value) => wrap({...sample, [name]: value}))
  const {additionalProperties: others, propertyNames = {}} = schema
  if (typeof others !== 'object') return
  yield* nodesOf(others, `${at}.*`, (value) => wrap({...sample, sample: value}))
  yield {
    at: `a name in ${at}`,
    schema: propertyNames,
    wrap: (name) => wrap({[String(name)]: sampleOf(others)}),
    isName: true,
  }
}
