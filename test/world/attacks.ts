import {gzipSync} from 'node:zlib'
import fc from 'fast-check'
import {badLines, badNames, type HostileText, inUrl} from './hostile.ts'
import {accepts, type Described, type JsonSchema, sampleOf} from './openapi.ts'
import {type Ask, jsonOf, nodesOf, raw, request} from './places.ts'

/** One way to be hostile at one place of one operation; what it sends holds the canary that it is given. */
export interface Attack {
  what: string
  ask: (canary: string) => Ask
}

/** A place of an operation at which a request can be hostile, and the ways there. */
export interface Site {
  operation: Described
  at: string
  attacks: fc.Arbitrary<Attack>
}

type Any = (canary: string) => unknown

/** What is no text of a name, a number, a truth or a list, or is one of them and the others not. */
const wrongTypes: readonly [what: string, value: Any, notJson?: true][] = [
  ['null', () => null],
  ['true', () => true],
  ['zero', () => 0],
  ['a negative number', () => -1],
  ['a fraction', () => 1.5],
  ['a large number', () => 2 ** 53],
  ['a huge number', () => 1e308],
  ['a number beyond all', () => raw('1e999')],
  ['a number below all', () => raw('-1e999')],
  ['NaN', () => raw('NaN'), true],
  ['Infinity', () => raw('Infinity'), true],
  ['a hexadecimal number', () => raw('0x10'), true],
  ['a zero before a number', () => raw('01'), true],
  ['undefined', () => raw('undefined'), true],
  ['a number as text', () => '1'],
  ['a text', (c) => c],
  ['an empty text', () => ''],
  ['an empty list', () => []],
  ['a list', (c) => [c]],
  ['a list of lists', (c) => [[[[c]]]]],
  ['an empty object', () => ({})],
  ['an object', (c) => ({[c]: c})],
  ['an operator', (c) => ({$ne: c})],
  ['a prototype', (c) => ({['__proto__']: {[c]: c}})],
  ['a constructor', (c) => ({constructor: {prototype: {[c]: c}}})],
  ['functions’ names', (c) => ({toString: c, valueOf: c, length: 1})],
  ['a wide list', (c) => Array(20_000).fill(c)],
  ['a list of nothing', () => Array(20_000).fill('')],
  ['a list of very much nothing', () => raw(`[${'[],'.repeat(260_000)}[]]`)],
  ['a wide object', (c) => Object.fromEntries(Array.from({length: 5000}, (_, n) => [`${c}${n}`, c]))],
  ['deep lists', (c) => raw(`${'['.repeat(17)}1${']'.repeat(17)}`) && nested(17, c)],
  ['very deep lists', () => raw(`${'['.repeat(9000)}${']'.repeat(9000)}`), true],
]

const nested = (depth: number, canary: string): unknown => (depth === 0 ? canary : [nested(depth - 1, canary)])

/** Texts around a canary with anything in them. */
const anyText = fc
  .record({before: fc.string({unit: 'binary', maxLength: 3}), after: fc.string({unit: 'binary', maxLength: 3})})
  .map(
    ({before, after}): HostileText => [
      `text ${JSON.stringify([before, after])}`,
      (canary) => `${before}${canary}${after}`,
    ],
  )

const texts = (table: readonly HostileText[] = badNames) =>
  fc.oneof({weight: 3, arbitrary: fc.constantFrom(...table)}, {weight: 1, arbitrary: anyText})

const CANARY = 'canary'

/** Every place of an operation at which a request can be hostile. */
export function sitesOf(operation: Described): Site[] {
  const site = (at: string, attacks: fc.Arbitrary<Attack>): Site => ({operation, at, attacks})
  const {params, query, body} = operation
  const others = (name: string) =>
    query.filter((one) => one.required && one.name !== name).map((one) => `${one.name}=${sampleOf(one.schema)}`)
  const needed = others('')
  const one = (what: string, ask: Attack['ask']): Attack => ({what, ask})
  const oneOf = (...list: [string, Attack['ask']][]) => fc.constantFrom(...list.map(([what, ask]) => one(what, ask)))

  return [
    ...params.map(({name, schema}) =>
      site(
        `the ${name} in the path`,
        fc.oneof(
          texts()
            .filter(([, text]) => !accepts(schema, text(CANARY)))
            .map(([what, text]) => one(what, (c) => request(operation, {params: {[name]: inUrl(text(c))}}))),
          oneOf(
            ['an encoded dot', () => request(operation, {params: {[name]: '%2e'}})],
            ['encoded dots', () => request(operation, {params: {[name]: '%2E%2e'}})],
            ['an escape that is none', (c) => request(operation, {params: {[name]: `${c}%zz`}})],
            ['half an escape', (c) => request(operation, {params: {[name]: `${c}%`}})],
            ['bytes that are no UTF-8', (c) => request(operation, {params: {[name]: `${c}%ff%fe`}})],
            ['an overlong encoding', (c) => request(operation, {params: {[name]: `${c}%c0%af`}})],
            ['a matrix', (c) => request(operation, {params: {[name]: `sample;${c}`}})],
          ),
          ...(name === 'org'
            ? [
                fc
                  .constantFrom('root', 'admin', 'v1', 'DEFAULT', 'Default', 'default.', 'orgs', '__proto__')
                  .map((org) => one(`the organization ${org}`, () => request(operation, {params: {org}}))),
              ]
            : []),
        ),
      ),
    ),
    ...query.map(({name, schema}) =>
      site(
        `the ${name} in the query`,
        fc.oneof(
          {
            weight: 4,
            arbitrary: texts()
              .filter(([, text]) => isBadQuery(name, schema, text(CANARY)))
              .map(([what, text]) =>
                one(what, (c) => request(operation, {query: [...others(name), `${name}=${inUrl(text(c))}`]})),
              ),
          },
          oneOf(
            [
              'twice',
              (c) =>
                request(operation, {query: [...others(name), `${name}=${inUrl(querySample(schema))}`, `${name}=${c}`]}),
            ],
            ['as a list', (c) => request(operation, {query: [...needed, `${name}[]=${c}`]})],
            ['as an object', (c) => request(operation, {query: [...needed, `${name}[$ne]=${c}`]})],
            ['in other case', (c) => request(operation, {query: [...needed, `${name.toUpperCase()}=${c}`]})],
            ['with NUL in its name', (c) => request(operation, {query: [...needed, `${name}%00=${c}`]})],
          ),
          ...(schema.type === 'integer'
            ? [
                fc
                  .constantFrom(
                    '-1',
                    '1.5',
                    '1e999',
                    'NaN',
                    'Infinity',
                    '-Infinity',
                    '0x10',
                    '1e1',
                    '',
                    ' 1',
                    '1 ',
                    '+1',
                    '01',
                    '9'.repeat(30),
                    '1n',
                    '1_0',
                    '١',
                  )
                  .map((text) =>
                    one(`the number ${text}`, () =>
                      request(operation, {query: [...others(name), `${name}=${inUrl(text)}`]}),
                    ),
                  ),
              ]
            : []),
          ...(name === 'cursor'
            ? [
                fc
                  .constantFrom<[string, (c: string) => string]>(...cursors)
                  .map(([what, text]) =>
                    one(what, (c) => request(operation, {query: [...others(name), `${name}=${inUrl(text(c))}`]})),
                  ),
              ]
            : []),
        ),
      ),
    ),
    ...(needed.length === 0
      ? []
      : [site('a query that is left out', oneOf(['nothing', () => request(operation, {query: []})]))]),
    site(
      'an unknown query',
      fc
        .constantFrom('', '__proto__', 'constructor', 'toString', 'org', 'key', 'access_token', '$where')
        .map((name) =>
          one(name, (c) => request(operation, {query: [...needed, name === '' ? inUrl(c) : `${name}=${c}`]})),
        )
        .filter(({what}) => !query.some((known) => known.name === what)),
    ),
    ...(body === null
      ? [
          site(
            'a body where none is taken',
            oneOf(
              ['an object', (c) => request(operation, {body: jsonOf({[c]: c})})],
              ['a list', (c) => request(operation, {body: jsonOf([c])})],
              ['a text', (c) => request(operation, {body: jsonOf(c)})],
              ['no JSON', (c) => request(operation, {body: c})],
              ['a prototype', (c) => request(operation, {body: jsonOf({['__proto__']: c})})],
            ),
          ),
        ]
      : [...bodySites(operation, body), site('the form of the body', formsOf(operation, jsonOf(sampleOf(body))))]),
    site(
      'the path',
      oneOf(
        ...(
          [
            ['a slash at its end', (c) => `${c}/`],
            ['something at its end', (c) => `/${c}`],
            ['a dot at its end', () => '/.'],
            ['a way up at its end', (c) => `/../${c}`],
            ['NUL at its end', (c) => `%00${c}`],
            ['an encoded query', (c) => `%3Fscope=${c}`],
            ['a backslash at its end', (c) => `%5C${c}`],
          ] as [string, (c: string) => string][]
        ).map(([what, tail]): [string, Attack['ask']] => [
          what,
          (c) => {
            const ask = request(operation)
            const [before, query] = ask.path.split('?')
            const asked = query === undefined ? '' : `?${query}`
            return {...ask, path: `${before}${tail(c)}${asked}`}
          },
        ]),
        ['in other case', () => ({...request(operation), path: request(operation).path.replace('/v1', '/V1')})],
        ['two slashes', () => ({...request(operation), path: request(operation).path.replace('/v1/', '/v1//')})],
        ['a dot', () => ({...request(operation), path: request(operation).path.replace('/v1/', '/v1/./')})],
        ['a way up', () => ({...request(operation), path: request(operation).path.replace('/v1/', '/v1/x/../')})],
        ['an encoded slash', () => ({...request(operation), path: request(operation).path.replace('/v1/', '/v1%2f')})],
        ['a version', (c) => ({...request(operation), path: request(operation).path.replace('/v1/', `/${c}/`)})],
      ),
    ),
    site(
      'the method',
      fc
        .constantFrom('PATCH', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND', 'FOO', 'QUERY')
        .map((wrong) => one(wrong, () => ({method: wrong, path: request(operation).path, headers: {}}))),
    ),
    site(
      'a header',
      oneOf(
        ...(
          [
            ['a short request id', (c) => ({'x-request-id': c.slice(0, 7)})],
            ['a long request id', (c) => ({'x-request-id': c + 'a'.repeat(64)})],
            ['a request id with signs', (c) => ({'x-request-id': `${c}!`})],
            ['a request id with a quote', (c) => ({'x-request-id': `${c}" <script>`})],
            ['an expectation', (c) => ({expect: c})],
            ['headers that are too large', (c) => ({'x-large': c.repeat(2000)})],
          ] as [string, (c: string) => Record<string, string>][]
        ).map(([what, headers]): [string, Attack['ask']] => [what, (c) => request(operation, {headers: headers(c)})]),
      ),
    ),
  ]
}

const querySample = (schema: JsonSchema) => String(sampleOf(schema))

/** A flag is any text for the document, and so is a cursor, but none that is hostile. */
const isBadQuery = (name: string, schema: JsonSchema, text: string) =>
  schema.type === 'integer'
    ? !/^\d+$/.test(text)
    : (schema.type === 'string' && schema.pattern === undefined && schema.enum === undefined) || name === 'cursor'
      ? true
      : !accepts(schema, text)

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Of no list's form. A list names a page by one text, or by two. */
const cursors: [string, (c: string) => string][] = [
  ['a list of nothing', () => encoded([])],
  ['a text', (c) => encoded(c)],
  ['an object', (c) => encoded({[c]: c, length: 2})],
  ['numbers', () => encoded([1, 2])],
  ['null', () => encoded([null])],
  ['lists', (c) => encoded([[c], [c]])],
  ['many texts', (c) => encoded([c, c, c])],
  ['names that are none', (c) => encoded([`${c}\0`])],
  ['two names that are none', (c) => encoded([`${c}/../`, `${c}\n`])],
  ['a number that is none', () => encoded(['NaN!'])],
  ['a tail', (c) => `${encoded(['sample'])}!${c}`],
  ['two with a tail', (c) => `${encoded(['sample', 'SAMPLE'])} ${c}`],
  ['bytes that are no JSON', () => 'A'.repeat(64)],
]

function bodySites(operation: Described, body: JsonSchema): Site[] {
  const sites = new Map<string, fc.Arbitrary<Attack>[]>()
  const put = (at: string, attacks: fc.Arbitrary<Attack>) => sites.set(at, [...(sites.get(at) ?? []), attacks])
  const send = (what: string, make: Any): Attack => ({
    what,
    ask: (c) => request(operation, {body: jsonOf(make(c))}),
  })
  const refused = (make: Any) => !accepts(body, make(CANARY))

  for (const {at, schema, wrap, isName} of nodesOf(body)) {
    if (isName) {
      const bad = texts().filter(([, text]) => !accepts(schema, text(CANARY)))
      put(
        at,
        bad.map(([what, text]) => send(what, (c) => wrap(text(c)))),
      )
      put(at, fc.constant(send('a prototype', () => wrap('__proto__'))))
      continue
    }
    put(
      at,
      fc
        .constantFrom(...wrongTypes)
        .filter(([, value, notJson]) => notJson === true || refused((c) => wrap(value(c))))
        .map(([what, value]) => send(what, (c) => wrap(value(c)))),
    )
    if (schema.type === 'string' && (schema.pattern !== undefined || schema.enum !== undefined)) {
      const bad = texts([...badNames, ...badLines]).filter(([, text]) => refused((c) => wrap(text(c))))
      put(
        at,
        bad.map(([what, text]) => send(what, (c) => wrap(text(c)))),
      )
    }
    if (schema.properties?.encoding !== undefined)
      put(
        at,
        fc.constantFrom(...badValues).map(([what, value]) => send(what, (c) => wrap(value(c)))),
      )
    if (schema.type !== 'object') continue
    const sample = sampleOf(schema) as object
    if (schema.additionalProperties === false)
      put(
        `a field beside ${at}`,
        fc
          .constantFrom('', '__proto__', 'constructor', 'toString', '$ne', ' ')
          .map((name) => send(name, (c) => wrap({...sample, [name === '' ? c : name]: c}))),
      )
    for (const name of schema.required ?? []) {
      const rest = Object.fromEntries(Object.entries(sample).filter(([known]) => known !== name))
      put(`${at}.${name}`, fc.constant(send('left out', () => wrap(rest))))
    }
  }
  return [...sites].map(([at, attacks]) => ({operation, at, attacks: fc.oneof(...attacks)}))
}

const sealedToNoKey = {encoding: 'hpke', keyId: '0'.repeat(16), enc: `${'A'.repeat(43)}=`}

/** Values that the document lets pass, being text, and that are none. */
const badValues: [string, Any][] = [
  ['half a surrogate', (c) => ({encoding: 'utf8', data: `${c}\ud800`})],
  ['the other half', (c) => ({encoding: 'utf8', data: `\udc00${c}`})],
  ['no base64', (c) => ({encoding: 'base64', data: `${c}!`})],
  ['base64 for URLs', (c) => ({encoding: 'base64', data: `_-_-${c}`})],
  ['base64 without padding', () => ({encoding: 'base64', data: 'YQ'})],
  ['base64 with blanks', (c) => ({encoding: 'base64', data: ` ${c}`})],
  ['base64 with bits beyond its end', () => ({encoding: 'base64', data: 'YR=='})],
  ['sealed to no key', (c) => ({...sealedToNoKey, data: c})],
  ['sealed into nothing', () => ({...sealedToNoKey, data: ''})],
  ['sealed with a key that is no base64', (c) => ({...sealedToNoKey, enc: c.padEnd(44, '%').slice(0, 44), data: c})],
]

const utf16 = (text: string) => Buffer.from(text, 'utf16le')

/** A good body in a bad form. */
function formsOf(operation: Described, good: string): fc.Arbitrary<Attack> {
  const json = {'content-type': 'application/json'}
  const types = [
    'text/plain',
    'text/json',
    'application/jsonp',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'application/json;',
    'application/json; charset=utf-16',
    'application/json; charset=utf-8; x=1',
    'application/json, application/json',
    'application/json\t; charset=utf-8',
    'application/json;\tcharset=utf-8',
    'application/json x',
    'application/json/',
    '*/*',
  ]
  const bodies: [string, (c: string) => Ask['body']][] = [
    ['cut off', () => good.slice(0, -1)],
    ['half', (c) => `{"${c}": "${c}`],
    ['empty', () => ''],
    ['blank', () => '  \n'],
    ['with a tail', (c) => `${good}${c}`],
    ['twice', () => good + good],
    ['with a comment', (c) => `${good} // ${c}`],
    ['in single quotes', (c) => `{'${c}': 1}`],
    ['with a comma too many', () => good.replace(/\}$/, ',}')],
    ['behind a byte order mark', () => `\ufeff${good}`],
    ['behind NUL', () => `\0${good}`],
    ['in UTF-16', () => utf16(good)],
    ['in UTF-16 behind its mark', () => utf16(`\ufeff${good}`)],
    ['compressed', () => gzipSync(good)],
    [
      'with bytes that are no UTF-8',
      (c) => Buffer.concat([Buffer.from(`{"${c}":"`), Buffer.of(0xff, 0xc0, 0xaf), Buffer.from('"}')]),
    ],
    [
      'with half a surrogate in UTF-8',
      (c) => Buffer.concat([Buffer.from(`{"${c}":"`), Buffer.of(0xed, 0xa0, 0x80), Buffer.from('"}')]),
    ],
    ['of brackets', () => '['.repeat(200_000)],
    ['of a million blanks and no end', () => `${' '.repeat(300_000)}{`],
    ['a form', (c) => `value=${c}`],
    ['XML', (c) => `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;${c}</x>`],
  ]
  return fc.oneof(
    fc.constantFrom('gzip', 'br', 'identity', 'gzip, gzip').map(
      (coding): Attack => ({
        what: `a coding, ${coding}`,
        ask: () => request(operation, {body: good, headers: {...json, 'content-encoding': coding}}),
      }),
    ),
    fc.constantFrom(...types).map(
      (type): Attack => ({
        what: type,
        ask: () => request(operation, {body: good, headers: {'content-type': type}}),
      }),
    ),
    fc.constant<Attack>({
      what: 'a type with a canary',
      ask: (c) => request(operation, {body: good, headers: {'content-type': `application/json; ${c}`}}),
    }),
    fc
      .constantFrom(...bodies)
      .map(([what, body]): Attack => ({what, ask: (c) => request(operation, {body: body(c), headers: json})})),
  )
}
