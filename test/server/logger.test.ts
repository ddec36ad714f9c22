import fastify from 'fastify'
import {describe, expect, test} from 'vitest'
import {createLogger} from '../../src/server/logger.ts'

const CANARY = 'canary-7f3a'

function lines() {
  const written: string[] = []
  return {written, logger: createLogger('trace', {write: (line) => written.push(line)})}
}

describe('the log', () => {
  test.each<[string, (log: ReturnType<typeof createLogger>) => void]>([
    ['an error alone', (log) => log.error(new Error(CANARY))],
    ['an error with a message', (log) => log.error({err: new Error(CANARY)}, 'x')],
    ['an error in a record', (log) => log.error({err: new Error(CANARY)})],
    [
      'an error with properties',
      (log) => log.error(Object.assign(new Error('x'), {value: CANARY, cause: new Error(CANARY)})),
    ],
    ['a header', (log) => log.info({headers: {authorization: CANARY, cookie: CANARY, 'x-csrf-token': CANARY}}, 'x')],
    ['a deeper header', (log) => log.info({reply: {headers: {'set-cookie': CANARY}}}, 'x')],
    ['a body', (log) => log.info({body: {value: {data: CANARY}}}, 'x')],
    [
      'a request',
      (log) =>
        log.info({req: {id: '1', method: 'PUT', url: `/x?q=${CANARY}`, headers: {a: CANARY}, body: CANARY}}, 'x'),
    ],
    ['a child’s error', (log) => log.child({requestId: '1'}).error(new Error(CANARY))],
  ])('does not hold %s', (_, write) => {
    const {written, logger} = lines()
    write(logger)
    expect(written).toHaveLength(1)
    expect(written[0]).not.toContain(CANARY)
    expect(JSON.parse(written[0]!)).toMatchObject({level: expect.any(String), time: expect.stringMatching(/Z$/)})
  })

  test('says where an error happened', () => {
    const {written, logger} = lines()
    logger.error(Object.assign(new Error(CANARY), {code: 'SQLITE_FULL'}))
    expect(JSON.parse(written[0]!)).toMatchObject({
      msg: 'failed',
      err: {name: 'Error', code: 'SQLITE_FULL', at: expect.arrayContaining([expect.stringContaining('logger.test')])},
    })
  })

  /** What the library for single sign-on throws, with what a provider freely says. */
  const oauth = {code: 'OAUTH_RESPONSE_BODY_ERROR', error_description: CANARY, response: {body: CANARY}}
  test.each<[string, object, object]>([
    ['of a provider', {...oauth, error: 'invalid_client', status: 401}, {error: 'invalid_client', status: 401}],
    ['with free text', {...oauth, error: `x ${CANARY}`, status: '401'}, {error: undefined, status: undefined}],
    ['with a long word', {...oauth, error: 'x'.repeat(65)}, {error: undefined}],
    ['of another library', {code: 'E_OTHER', error: 'a_word'}, {error: undefined}],
    [
      'in a challenge',
      {code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE', status: 401, cause: [{parameters: {error: 'invalid_client'}}]},
      {error: 'invalid_client', status: 401},
    ],
    ['with a reply as its cause', {code: 'OAUTH_X', cause: new Response(CANARY, {status: 502})}, {status: 502}],
    [
      'of a connection',
      {cause: Object.assign(new Error(CANARY), {code: 'ENOTFOUND', hostname: CANARY})},
      {cause: 'ENOTFOUND'},
    ],
    ['with a code that is none', {cause: {code: CANARY}}, {cause: undefined}],
  ])('says of an error %s what can be checked', (_, facts, said) => {
    const {written, logger} = lines()
    logger.error({err: Object.assign(new TypeError(CANARY), facts)}, 'x')
    expect(written[0]).not.toContain(CANARY)
    expect((JSON.parse(written[0]!) as {err: object}).err).toEqual(expect.objectContaining(clean(said)))
    for (const [name, value] of Object.entries(said))
      if (value === undefined) expect((JSON.parse(written[0]!) as {err: object}).err).not.toHaveProperty(name)
  })
  const clean = (facts: object) => Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))

  test('keeps its rules inside Fastify', async () => {
    const {written, logger} = lines()
    const app = fastify({loggerInstance: logger})
    app.post('/things/:name', async (request) => {
      request.log.error(new Error(CANARY))
      throw new Error(CANARY)
    })
    await app.inject({
      method: 'POST',
      url: `/things/a?value=${CANARY}`,
      headers: {authorization: CANARY},
      payload: {a: CANARY},
    })
    expect(written.join('')).toContain('/things/:name')
    expect(written.join('')).not.toContain(CANARY)
  })

  test.each([
    ['info', 1],
    ['error', 0],
    ['silent', 0],
  ] as const)('at level %s', (level, count) => {
    const written: string[] = []
    createLogger(level, {write: (line) => written.push(line)}).info('x')
    expect(written).toHaveLength(count)
  })
})
