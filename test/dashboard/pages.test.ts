import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {type Chromium, chromiumPath, faultsOf, picture, startChromium, type Visit} from '../world/chromium.ts'
import {succeed, type World, world} from '../world/world.ts'

const here = describe.skipIf(chromiumPath === null)

/** Each page, with something chosen on it. */
const paths: [name: string, path: string][] = [
  ['overview', ''],
  ['secrets', '/secrets?scope=production'],
  ['secret', '/secrets?scope=production&key=DB_PASSWORD'],
  ['variables', '/variables?scope=production'],
  ['environments', '/environments?environment=production'],
  ['policy', '/policy'],
  ['audit', '/audit'],
  ['tokens', '/tokens'],
]

here('every page, in a browser', () => {
  let w: World
  let chromium: Chromium
  beforeAll(async () => {
    w = await world()
    chromium = await startChromium()
    await fill(w)
  })
  afterAll(async () => {
    await chromium?.close()
    await w?.close()
  })

  describe.each(['light', 'dark'] as const)('in the %s theme', (colorScheme) => {
    let visit: Visit
    beforeAll(async () => {
      visit = await chromium.visit(w, {colorScheme})
    })
    afterAll(() => visit?.context.close())

    test.each(paths)('%s: axe finds nothing, the browser complains of nothing', async (name, path) => {
      await visit.go(path)
      await picture(visit.page, `${name}-${colorScheme}`)
      expect(await faultsOf(visit.page)).toEqual([])
      expect(visit.complaints).toEqual([])
    })

    test.each(['Add a secret', 'Declare', 'Restore'])('the form of %s: axe finds nothing', async (control) => {
      await visit.go('/secrets?scope=production')
      await visit.page.getByRole('button', {name: control}).click()
      await visit.page.getByRole('dialog').waitFor()
      expect(await faultsOf(visit.page)).toEqual([])
    })

    test('a lock and its reason: axe finds nothing', async () => {
      await visit.go('/variables?scope=production')
      await visit.page.getByRole('button', {name: 'Set REGION (locked)'}).click({force: true})
      await visit.page.getByRole('dialog', {name: '(locked)'}).waitFor()
      await picture(visit.page, `lock-${colorScheme}`)
      expect(await faultsOf(visit.page)).toEqual([])
    })
  })

  describe('at 360 pixels', () => {
    let visit: Visit
    beforeAll(async () => {
      visit = await chromium.visit(w, {viewport: {width: 360, height: 740}, hasTouch: true, isMobile: true})
    })
    afterAll(() => visit?.context.close())

    test.each(paths)('%s fits: what is wide scrolls within itself', async (name, path) => {
      await visit.go(path)
      await picture(visit.page, `${name}-narrow`)
      expect(await visit.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
    })

    test('the menu opens and leads on', async () => {
      await visit.go('')
      await visit.page.getByRole('button', {name: 'Open the menu'}).tap()
      await visit.page.getByRole('link', {name: 'Policy'}).tap()
      await visit.page.getByRole('heading', {name: 'Policy', exact: true}).waitFor()
    })
  })

  test('with the keyboard alone: to the secrets, into a form, and out with a value set', async () => {
    const {page, context, go} = await chromium.visit(w)
    await go('')
    const tabTo = async (name: string | RegExp) => {
      for (let tries = 0; tries < 80; tries++) {
        await page.keyboard.press('Tab')
        const focused = (await page.evaluate(
          "((at) => at?.getAttribute('aria-label') ?? at?.labels?.[0]?.textContent ?? at?.textContent ?? '')(document.activeElement)",
        )) as string
        if (typeof name === 'string' ? focused === name : name.test(focused)) return
      }
      throw new Error(`Tab does not reach ${name}`)
    }
    await tabTo('Secrets')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', {name: 'Secrets', exact: true}).waitFor()
    await tabTo('Add a secret')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await expect.poll(() => page.evaluate("document.activeElement?.getAttribute('name')")).toBe('key')
    await page.keyboard.type('BY_KEYBOARD')
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.type('production')
    await tabTo(/^Value/)
    await page.keyboard.type('typed')
    await tabTo('Set')
    await page.keyboard.press('Enter')
    await page.getByRole('status').getByText('Set production BY_KEYBOARD: version 1').waitFor()
    // A lock's reason opens and closes by keys, and gives the focus back.
    await page.goto(`${w.server.dashboardUrl}/dashboard/variables?scope=production`)
    await page.getByRole('button', {name: 'Set REGION (locked)'}).waitFor()
    await tabTo('Set REGION (locked)')
    await page.keyboard.press('Enter')
    await expect
      .poll(() => page.evaluate("document.activeElement?.getAttribute('aria-label')"))
      .toBe('Copy the command')
    await page.keyboard.press('Escape')
    await expect
      .poll(() => page.evaluate("document.activeElement?.getAttribute('aria-label')"))
      .toBe('Set REGION (locked)')
    await context.close()
  })

  test('who is not signed in is told how to, and sees nothing', async () => {
    const {page, context, go} = await chromium.visit(w)
    await go('/secrets')
    await page.getByRole('button', {name: 'Sign out'}).click()
    await page.getByRole('heading', {name: 'You are signed out'}).waitFor()
    await page.goto(`${w.server.dashboardUrl}/dashboard/secrets`)
    await page.getByText('postern dashboard open').waitFor()
    expect(await page.getByText('DB_PASSWORD').count()).toBe(0)
    await context.close()
  })

  test('once its session has ended, a page asks no more, however long it stays open', async () => {
    const {page, context, go} = await chromium.visit(w)
    await page.clock.install()
    await go('')
    const [session] = JSON.parse((await succeed(w.cli(['session', 'list', '--json']))).stdout).items.slice(-1)
    await succeed(w.cli(['session', 'revoke', session.id]))
    await page.clock.fastForward(31_000)
    await page.getByRole('dialog', {name: 'Your session has ended'}).waitFor()
    await page.waitForTimeout(300)
    let asked = 0
    page.on('request', () => {
      asked += 1
    })
    for (let minutes = 0; minutes < 10; minutes += 1) await page.clock.fastForward(60_000)
    await page.waitForTimeout(300)
    expect(asked).toBe(0)
    await context.close()
  })

  test('who may do little asks for nothing that is refused, however long the page stays open', async () => {
    await succeed(w.cli(['role', 'create', 'namer', '--permission', 'secrets.list', '--permission', 'dashboard.open']))
    const token = await w.tokenOf('namer')
    const env = {POSTERN_URL: w.server.url, POSTERN_TOKEN: token}
    const theirs: World = {...w, cli: (argv, options = {}) => w.cli(argv, {...options, env: {...env, ...options.env}})}
    const {page, context, go, complaints} = await chromium.visit(theirs)
    const refused: string[] = []
    page.on('response', (answer) => {
      if (answer.status() >= 400) refused.push(answer.url())
    })
    await go('')
    await page.getByRole('link', {name: 'Secrets', exact: true}).click()
    await page.getByRole('link', {name: 'DB_PASSWORD'}).first().click()
    await page.getByRole('dialog').getByText('You may not see the environments.').waitFor()
    await page.evaluate("window.dispatchEvent(new Event('focus'))")
    await page.waitForTimeout(500)
    expect(refused).toEqual([])
    expect(complaints).toEqual([])
    await context.close()
  })

  test('the variables of a scope are read once for what they are, and not with each look', async () => {
    const {page, context, go} = await chromium.visit(w)
    await go('/variables?scope=production')
    await page.getByText('eu-west-1').waitFor()
    for (let looks = 0; looks < 3; looks++) {
      await page.evaluate("window.dispatchEvent(new Event('focus'))")
      await page.waitForTimeout(150)
    }
    const {stdout} = await succeed(w.cli(['audit', 'list', '--operation', 'variables.reveal', '--json']))
    const readings = (JSON.parse(stdout) as {entries: {time: string}[]}).entries.length
    await go('/variables?scope=production')
    await page.getByText('eu-west-1').waitFor()
    const again = await succeed(w.cli(['audit', 'list', '--operation', 'variables.reveal', '--json']))
    expect((JSON.parse(again.stdout) as {entries: unknown[]}).entries.length).toBe(readings + 1)
    await context.close()
  })
})

/** Something of everything. */
async function fill(w: World): Promise<void> {
  for (const scope of ['production', 'staging', 'my-saas/prod'])
    for (const key of ['DB_PASSWORD', 'STRIPE_KEY']) await w.put('secret', scope, key, `${scope} ${key}`)
  await w.put('secret', 'production', 'DB_PASSWORD', 'again')
  await w.put('variable', 'production', 'LOG_LEVEL', 'info')
  const lines: string[][] = [
    ['secret', 'declare', '--scope', 'production', 'SENTRY_DSN'],
    [
      'secret',
      'describe',
      '--scope',
      'production',
      'DB_PASSWORD',
      '--owner',
      'payments',
      '--note',
      'The main database',
      '--expires',
      '20d',
      '--rotate-every',
      '30d',
      '--tag',
      'team=payments',
    ],
    ['variable', 'set', '--scope', 'production', 'REGION', '--value', 'eu-west-1', '--locked'],
    ['environment', 'create', 'production'],
    ['environment', 'bind', 'production', '--scope', 'production'],
    ['token', 'create', 'ci', '--role', 'writer', '--expires', '20d'],
    ['policy', 'lock', 'secrets.delete', '--reason', 'SOC2-14'],
  ]
  for (const argv of lines) await succeed(w.cli(argv))
}
