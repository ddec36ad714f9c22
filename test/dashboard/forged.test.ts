import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {type Chromium, chromiumPath, startChromium, type Visit} from '../world/chromium.ts'
import {succeed, type World, world} from '../world/world.ts'

const here = describe.skipIf(chromiumPath === null)

here('what another page, or a stolen part, does in a browser that is signed in', () => {
  let w: World
  let chromium: Chromium
  let visit: Visit
  let elsewhere: Server
  const foreign = () => `http://localhost:${(elsewhere.address() as AddressInfo).port}`
  const target = () => `${w.server.dashboardUrl}/dashboard/v1/orgs/default/secrets/DB?scope=production`
  beforeAll(async () => {
    w = await world()
    await w.put('secret', 'production', 'DB', 'first')
    chromium = await startChromium()
    visit = await chromium.visit(w)
    elsewhere = createServer((_, reply) =>
      reply.setHeader('content-type', 'text/html').end('<!doctype html><p>Elsewhere'),
    )
    await new Promise<void>((done) => elsewhere.listen(0, 'localhost', done))
  })
  afterAll(async () => {
    await chromium?.close()
    elsewhere?.close()
    await w?.close()
  })

  const state = async () => {
    const {stdout} = await succeed(w.cli(['secret', 'list', '--json']))
    return (JSON.parse(stdout) as {items: {key: string; version: number}[]}).items.map(({key, version}) => [
      key,
      version,
    ])
  }
  const body = JSON.stringify({value: {encoding: 'utf8', data: 'forged'}})
  /** What `fetch` of the page that is shown gives: a status, or that it failed. */
  const fetched = (url: string, options: object) =>
    visit.page.evaluate(
      `fetch(${JSON.stringify(url)}, ${JSON.stringify(options)}).then((answer) => answer.status, () => 'failed')`,
    )

  test.each([
    ['without the CSRF token', {}, 403],
    ['with another one', {'x-csrf-token': 'x'.repeat(43)}, 403],
  ])('the page itself, %s: refused', async (_, headers, status) => {
    await visit.go('/secrets')
    const sent = {method: 'PUT', headers: {'content-type': 'application/json', ...headers}, body}
    expect(await fetched(target(), sent)).toBe(status)
    expect(await state()).toEqual([['DB', 1]])
  })

  test('an owner’s token does nothing here: this surface takes the cookie alone', async () => {
    await visit.context.clearCookies()
    const headers = {'content-type': 'application/json', authorization: `Bearer ${w.token}`}
    expect(await fetched(target(), {method: 'PUT', headers, body})).toBe(401)
    expect(await state()).toEqual([['DB', 1]])
    await visit.context.close()
    visit = await chromium.visit(w)
  })

  test('a page of another site: neither its requests nor its forms do anything', async () => {
    const who = (await visit.page.evaluate("fetch('/dashboard/v1/whoami').then((answer) => answer.json())")) as {
      csrfToken: string
    }
    await visit.page.goto(foreign())
    const headers = {'content-type': 'application/json', 'x-csrf-token': who.csrfToken}
    expect(await fetched(target(), {method: 'PUT', credentials: 'include', headers, body})).toBe('failed')
    expect(await fetched(target(), {method: 'GET', credentials: 'include'})).toBe('failed')
    const posted = `${w.server.dashboardUrl}/dashboard/signout`
    await visit.page.evaluate(
      `document.body.innerHTML = '<form method="post" action="${posted}"><input name="csrf" value="${who.csrfToken}"></form>'; document.forms[0].submit()`,
    )
    await visit.page.waitForURL(posted)
    await visit.page.getByText('You are still signed in').waitFor()
    expect(await state()).toEqual([['DB', 1]])
    await visit.go('/secrets')
    await visit.page.getByRole('button', {name: 'Sign out'}).waitFor()
  })

  test('a page of another site cannot put it into a frame', async () => {
    await visit.page.goto(foreign())
    await visit.page.evaluate(
      `document.body.innerHTML = '<iframe src="${w.server.dashboardUrl}/dashboard" width="600" height="400"></iframe>'`,
    )
    await visit.page.waitForTimeout(500)
    const inside = visit.page.frames().find((frame) => frame !== visit.page.mainFrame())
    expect(await inside?.locator('main').count()).toBe(0)
  })

  test('a page that opened it has no hold on it', async () => {
    await visit.page.goto(foreign())
    await visit.page.evaluate(`globalThis.opened = window.open('${w.server.dashboardUrl}/dashboard')`)
    await visit.page.waitForTimeout(500)
    expect(await visit.page.evaluate('globalThis.opened === null || globalThis.opened.closed')).toBe(true)
  })
})
