import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest'
import {leaksIn, newCanary} from '../world/canary.ts'
import {type Chromium, chromiumPath, startChromium, type Visit} from '../world/chromium.ts'
import {succeed, type World, world} from '../world/world.ts'

const here = describe.skipIf(chromiumPath === null)

here('the page of secrets, in a browser', () => {
  let w: World
  let chromium: Chromium
  let visit: Visit
  beforeAll(async () => {
    w = await world()
    chromium = await startChromium()
    await w.put('secret', 'production', 'DB_PASSWORD', 'first')
    await w.put('secret', 'production', 'API_KEY', 'other')
    visit = await chromium.visit(w)
    await visit.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  })
  afterAll(async () => {
    await chromium?.close()
    await w?.close()
  })
  afterEach(async () => {
    await w.cli(['policy', 'reset', '--yes'])
    expect(visit.complaints.splice(0)).toEqual([])
  })

  const dialog = () => visit.page.getByRole('dialog')
  const said = async () => (await visit.page.getByRole('status').allTextContents()).join('\n')
  const versionOf = async (key: string): Promise<number> => {
    const {stdout} = await succeed(w.cli(['secret', 'list', '--scope', 'production', '--json']))
    const {items} = JSON.parse(stdout) as {items: {key: string; version: number}[]}
    return items.find((one) => one.key === key)?.version ?? -1
  }
  const comeBack = () => visit.page.evaluate("window.dispatchEvent(new Event('focus'))")

  test('sets a secret: it says the version and the fingerprint, and what was typed is nowhere else', async () => {
    const canary = newCanary()
    await visit.go('/secrets?scope=production')
    await visit.page.getByRole('button', {name: 'Set DB_PASSWORD', exact: true}).click()
    await dialog().getByLabel('Value').fill(canary)
    await dialog().getByRole('button', {name: 'Set', exact: true}).click()
    await expect.poll(said).toContain('Set production DB_PASSWORD: version 2, 38 bytes, SHA-256 ')
    const {stdout} = await succeed(w.cli(['secret', 'get', '--scope', 'production', 'DB_PASSWORD', '--reveal']))
    expect(stdout.trimEnd()).toBe(canary)

    // No answer ever held it, nor does the page, its address or what it stores.
    for (const {url, body} of visit.answers) expect([url, leaksIn(url + body, canary)]).toEqual([url, []])
    const kept = await visit.page.evaluate('location.href + JSON.stringify({...localStorage, ...sessionStorage})')
    const fields = await visit.page.evaluate(
      "[...document.querySelectorAll('input,textarea')].map((one) => one.value).join()",
    )
    const {origins} = await visit.context.storageState()
    expect(leaksIn(`${kept}${fields}${JSON.stringify(origins)}`, canary)).toEqual([])
    expect(leaksIn(w.server.output(), canary)).toEqual([])
    // The fingerprint is shown to who typed it, as the CLI does.
    expect(leaksIn(await visit.page.content(), canary)).toEqual(['fingerprint'])
  })

  test('adds, declares, describes, deletes, restores and rolls back', async () => {
    const {page} = visit
    await visit.go('/secrets?scope=production')
    await page.getByRole('button', {name: 'Add a secret'}).click()
    await dialog().getByLabel('Key').fill('ADDED')
    await dialog().getByLabel('Value').fill('one')
    await dialog().getByRole('button', {name: 'Set', exact: true}).click()
    await expect.poll(said).toContain('Set production ADDED: version 1')
    await page.getByRole('button', {name: 'Set ADDED'}).click()
    await dialog().getByLabel('Value').fill('two')
    await dialog().getByRole('button', {name: 'Set', exact: true}).click()
    await expect.poll(said).toContain('Set production ADDED: version 2')

    await page.getByRole('link', {name: 'ADDED'}).click()
    await dialog().getByRole('button', {name: 'Change the facts'}).click()
    await dialog().getByLabel('Owner').fill('payments')
    await dialog().getByLabel('Tags').fill('team=a\ntier=1')
    await dialog().getByRole('button', {name: 'Change', exact: true}).click()
    await dialog().getByText('team=a, tier=1').waitFor()
    await dialog().getByRole('button', {name: 'Roll back to 1'}).click()
    await dialog().getByRole('button', {name: 'Roll back', exact: true}).click()
    await expect.poll(said).toContain('version 3')
    await dialog().getByRole('button', {name: 'Close'}).click()

    await page.getByRole('button', {name: 'Delete ADDED'}).click()
    await dialog().getByRole('button', {name: 'Delete', exact: true}).click()
    await expect.poll(said).toContain('Deleted production ADDED')
    expect(await versionOf('ADDED')).toBe(-1)
    await page.getByRole('button', {name: 'Restore'}).click()
    await dialog().getByLabel('Name').selectOption('production ADDED')
    await dialog().getByRole('button', {name: 'Restore', exact: true}).click()
    await expect.poll(said).toContain('Restored production ADDED')

    await page.getByRole('button', {name: 'Declare'}).click()
    await dialog().getByLabel('Key').fill('WANTED')
    await dialog().getByRole('button', {name: 'Declare', exact: true}).click()
    await page.getByRole('link', {name: 'WANTED'}).waitFor()
    expect(await versionOf('WANTED')).toBe(0)
    const {stdout} = await succeed(w.cli(['secret', 'get', '--scope', 'production', 'ADDED', '--reveal']))
    expect(stdout.trimEnd()).toBe('one')
  })

  test('makes, renames and deletes a scope', async () => {
    const {page} = visit
    await visit.go('/secrets')
    await page.getByRole('button', {name: 'New scope'}).click()
    await dialog().getByLabel('Scope').fill('made/here')
    await dialog().getByRole('button', {name: 'Create', exact: true}).click()
    await page.getByRole('button', {name: 'Rename scope'}).click()
    await dialog().getByLabel('New name').fill('made/there')
    await dialog().getByRole('button', {name: 'Rename', exact: true}).click()
    await page.waitForURL(/scope=made%2Fthere/)
    await w.put('secret', 'made/there', 'KEPT', 'x')
    await page.getByRole('button', {name: 'Delete scope'}).click()
    await dialog().getByRole('button', {name: 'Delete', exact: true}).click()
    await dialog().getByRole('alert').waitFor()
    await dialog().getByLabel('With all that it holds').check()
    await dialog().getByRole('button', {name: 'Delete', exact: true}).click()
    await page.waitForURL(/secrets$/)
    const {stdout} = await succeed(w.cli(['scope', 'list', '--json']))
    expect(stdout).not.toContain('made')
  })

  test('finds names in all scopes, and the address leads back to what was looked for', async () => {
    const {page} = visit
    await w.put('secret', 'my-saas/prod', 'STRIPE_KEY', 'x')
    await visit.go('/secrets')
    await page.getByLabel('Find names in all scopes').fill('STRIPE_*')
    await page.keyboard.press('Enter')
    await page.waitForURL(/find=STRIPE_/)
    await expect.poll(() => page.getByRole('row').count()).toBe(2)
    await page.getByRole('link', {name: 'STRIPE_KEY'}).click()
    await dialog().getByText('my-saas/prod STRIPE_KEY').waitFor()
    await page.goBack()
    await expect.poll(() => page.getByRole('row').count()).toBe(2)
  })

  test('a lock that somebody sets in a terminal shows within the half minute, with the command to run instead', async () => {
    const {page} = visit
    await page.clock.install()
    await visit.go('/secrets?scope=production')
    const control = page.getByRole('button', {name: 'Set API_KEY'})
    await control.waitFor()
    expect(await control.getAttribute('aria-disabled')).toBeNull()
    await succeed(w.cli(['policy', 'lock', 'secrets.set', '--reason', 'SOC2-14']))
    await page.clock.fastForward(31_000)
    await expect.poll(() => control.getAttribute('aria-disabled')).toBe('true')
    expect(await control.getAttribute('aria-label')).toBe('Set API_KEY (locked)')
    await page.getByText('Some of this page is locked').waitFor()
    await page.getByText('The policy leaves to the CLI: set a secret.').waitFor()

    // Neither a click nor a key does more than say why.
    // It is inert: whoever presses it all the same is told why.
    await control.click({force: true})
    const why = page.getByRole('dialog', {name: '(locked)'})
    await why.getByText('CLI only, for the policy locks operation secrets.set, by owner: SOC2-14.').waitFor()
    expect(await page.getByLabel('Value').count()).toBe(0)
    await why.getByRole('button', {name: 'Copy the command'}).click()
    const copied = (await page.evaluate('navigator.clipboard.readText()')) as string
    expect(copied).toBe('postern secret set --scope production API_KEY')
    const [, ...argv] = copied.split(' ')
    await succeed(w.cli(argv, {stdin: 'by the command'}))
    expect(await versionOf('API_KEY')).toBe(2)

    await page.keyboard.press('Escape')
    await succeed(w.cli(['policy', 'unlock', 'secrets.set', '--yes']))
    await comeBack()
    await expect.poll(() => control.getAttribute('aria-disabled')).toBeNull()
    await page.clock.resume()
  })

  test.each(['hover', 'focus', 'click', 'tap'] as const)('the reason of a lock comes by %s', async (way) => {
    await succeed(w.cli(['policy', 'lock', 'secrets.set']))
    const {page} = await chromium.visit(w, {hasTouch: way === 'tap'})
    await page.goto(`${w.server.dashboardUrl}/dashboard/secrets?scope=production`)
    const control = page.locator('[data-locked="secrets.set"]').first()
    await control.waitFor()
    await (way === 'focus' ? control.focus() : control[way]({force: true}))
    const why = page.getByRole('dialog', {name: '(locked)'})
    await why.getByText('postern secret set --scope production', {exact: false}).waitFor()
    await page.context().close()
  })

  test('all locked: the page says that it is read-only', async () => {
    for (const category of ['secrets', 'scopes']) await succeed(w.cli(['policy', 'lock', '--category', category]))
    await visit.go('/secrets?scope=production')
    await visit.page.getByText('This page is read-only').waitFor()
    await expect.poll(() => visit.page.locator('button[data-locked]').count()).toBeGreaterThan(3)
  })

  test('locked while somebody types: the refusal is shown as such, and nothing typed is lost', async () => {
    const {page} = visit
    await visit.go('/secrets?scope=production')
    const before = await versionOf('DB_PASSWORD')
    await page.getByRole('button', {name: 'Set DB_PASSWORD'}).click()
    await dialog().getByLabel('Value').fill('typed before the lock')
    await succeed(w.cli(['policy', 'lock', 'secrets.set', '--reason', 'audit']))
    await dialog().getByRole('button', {name: 'Set', exact: true}).click()
    await dialog().getByRole('alert').getByText('Refused: it was locked meanwhile').waitFor()
    await dialog().getByRole('alert').getByText('postern secret set --scope production DB_PASSWORD').waitFor()
    expect(await dialog().getByLabel('Value').inputValue()).toBe('typed before the lock')
    expect(await versionOf('DB_PASSWORD')).toBe(before)
    await succeed(w.cli(['policy', 'unlock', 'secrets.set', '--yes']))
    await dialog().getByRole('button', {name: 'Set', exact: true}).click()
    await expect.poll(said).toContain(`version ${before + 1}`)
  })

  test('somebody else writes meanwhile: a conflict, and the other value stays', async () => {
    const {page} = visit
    await visit.go('/secrets?scope=production')
    await page.getByRole('button', {name: 'Set API_KEY'}).click()
    await dialog().getByLabel('Value').fill('mine')
    await w.put('secret', 'production', 'API_KEY', `theirs ${Date.now()}`)
    const theirs = await versionOf('API_KEY')
    await dialog().getByRole('button', {name: 'Set', exact: true}).click()
    await dialog().getByRole('alert').waitFor()
    expect(await versionOf('API_KEY')).toBe(theirs)
    expect(await dialog().getByLabel('Value').inputValue()).toBe('mine')
    // Whoever knows of it now may go ahead, over that very version.
    await dialog()
      .getByRole('button', {name: `Set over version ${theirs}`})
      .click()
    await expect.poll(said).toContain(`version ${theirs + 1}`)
  })

  test('the session ends while somebody types: what was typed is there after signing in again', async () => {
    const {page, context} = visit
    await visit.go('/secrets?scope=production')
    await page.getByRole('button', {name: 'Set DB_PASSWORD'}).click()
    await dialog().getByLabel('Value').fill('typed before the end')
    const before = await versionOf('DB_PASSWORD')
    await succeed(w.cli(['session', 'revoke', '--token', 'owner']))
    await dialog().getByRole('button', {name: 'Set', exact: true}).click()
    await page.getByRole('dialog', {name: 'Your session has ended'}).waitFor()
    const {stdout} = await succeed(w.cli(['dashboard', 'open', '--json']))
    const other = await context.newPage()
    await other.goto((JSON.parse(stdout) as {url: string}).url)
    await other.getByRole('button', {name: 'Sign in'}).click()
    await other.getByRole('heading', {name: 'Overview'}).waitFor()
    await other.close()
    await page.getByRole('button', {name: 'Go on'}).click()
    await expect.poll(() => page.getByRole('dialog', {name: 'Your session has ended'}).count()).toBe(0)
    expect(await page.getByLabel('Value').inputValue()).toBe('typed before the end')
    await dialog().getByRole('button', {name: 'Set', exact: true}).click()
    await expect.poll(said).toContain(`version ${before + 1}`)
  })

  test('a writer of one scope sees no other, and no control beyond what it may do', async () => {
    await w.put('secret', 'staging', 'DB_PASSWORD', 'staged')
    const token = await w.tokenOf('writer', 'staging')
    const env = {POSTERN_URL: w.server.url, POSTERN_TOKEN: token}
    const bound: World = {...w, cli: (argv, options = {}) => w.cli(argv, {...options, env: {...env, ...options.env}})}
    const {page, go, context} = await chromium.visit(bound)
    await go('/secrets')
    expect(await page.getByRole('link', {name: 'production'}).count()).toBe(0)
    await page.getByRole('link', {name: 'staging'}).waitFor()
    expect(await page.getByRole('link', {name: 'Tokens'}).count()).toBe(0)
    expect(await page.getByRole('link', {name: 'Audit log'}).count()).toBe(0)
    await context.close()
  })
})
