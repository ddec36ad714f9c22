import {readFileSync} from 'node:fs'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {type Chromium, chromiumPath, startChromium, type Visit} from '../world/chromium.ts'
import {succeed, type World, world} from '../world/world.ts'

const here = describe.skipIf(chromiumPath === null)

here('the pages of environments, the policy, the audit log, tokens and variables, in a browser', () => {
  let w: World
  let chromium: Chromium
  let visit: Visit
  beforeAll(async () => {
    w = await world()
    chromium = await startChromium()
    await w.put('secret', 'production', 'DB', 'x')
    await w.put('variable', 'production', 'REGION', 'eu-west-1')
    await w.put('variable', 'production', 'LINES', 'one\ntwo\n')
    visit = await chromium.visit(w)
  })
  afterAll(async () => {
    await chromium?.close()
    await w?.close()
  })

  const dialog = () => visit.page.getByRole('dialog')
  const said = async () => (await visit.page.getByRole('status').allTextContents()).join('\n')
  const jsonOf = async (...argv: string[]) => JSON.parse((await succeed(w.cli([...argv, '--json']))).stdout)

  test('an environment is made, fed, explained, renamed and deleted', async () => {
    const {page} = visit
    await visit.go('/environments')
    await page.getByRole('button', {name: 'Create an environment'}).click()
    await dialog().getByLabel('Name').fill('web')
    await dialog().getByRole('button', {name: 'Create', exact: true}).click()
    await page.waitForURL(/environment=web/)
    await page.getByRole('button', {name: 'Bind', exact: true}).click()
    await dialog().getByLabel('Scopes').fill('production')
    await dialog().getByLabel('Hosts').fill('web-*')
    await dialog().getByRole('button', {name: 'Bind', exact: true}).click()
    await expect.poll(said).toContain('web gets production')
    await page.getByText('It gets nothing.').waitFor()
    await page.getByText('it is for other hosts').waitFor()
    await page.getByLabel('Host', {exact: true}).fill('web-1')
    await page.getByRole('button', {name: 'Explain'}).click()
    await page.getByRole('cell', {name: 'secret production', exact: true}).waitFor()
    await page.getByRole('cell', {name: 'DB', exact: true}).waitFor()
    expect(await jsonOf('environment', 'show', 'web')).toMatchObject({own: [{scope: 'production', host: 'web-*'}]})

    await page.getByRole('button', {name: 'Rename', exact: true}).click()
    await dialog().getByLabel('New name').fill('site')
    await dialog().getByRole('button', {name: 'Rename', exact: true}).click()
    await page.waitForURL(/environment=site/)
    await page.getByRole('button', {name: 'Unbind production'}).click()
    await dialog().getByRole('button', {name: 'Unbind', exact: true}).click()
    await page.getByText('Nothing feeds it yet.').waitFor()
    await page.getByRole('button', {name: 'Delete', exact: true}).click()
    await dialog().getByRole('button', {name: 'Delete', exact: true}).click()
    await page.getByText('There is no environment yet.').waitFor()
  })

  test('what breaks a rule is said by the field, and nothing is sent', async () => {
    const {page} = visit
    await visit.go('/environments')
    await page.getByRole('button', {name: 'Create an environment'}).click()
    await dialog().getByLabel('Name').fill('../up')
    await dialog().getByRole('button', {name: 'Create', exact: true}).click()
    const told = await page.evaluate("document.querySelector('input[name=environment]').validationMessage")
    expect(told).toContain('up to 16 segments parted by "/"')
    expect((await jsonOf('environment', 'list')).items).toEqual([])
  })

  test('the policy shows each operation, its state and its command, follows a lock, and has no control', async () => {
    const {page} = visit
    await succeed(w.cli(['policy', 'lock', '--sensitivity', 'authority', '--reason', 'SOC2-14']))
    await visit.go('/policy')
    const {operations} = await jsonOf('policy', 'show')
    const rows = page.locator('tr[data-operation]')
    expect(await rows.count()).toBe(operations.length)
    for (const {operation, effect} of operations) {
      const row = page.locator(`tr[data-operation="${operation}"]`)
      expect(await row.textContent()).toContain(effect)
      expect(await row.textContent()).toContain('postern ')
    }
    await page.getByText('SOC2-14').waitFor()
    await succeed(w.cli(['policy', 'reset', '--yes']))
    await page.evaluate("window.dispatchEvent(new Event('focus'))")
    await page.getByText('There is no rule: everything is enabled.').waitFor()
    expect(await page.locator('main').getByRole('button').allTextContents()).toEqual([''])
    expect(await page.locator('main').getByRole('button').getAttribute('aria-label')).toBe('Copy the command')
  })

  test('the audit log: filters, an entry, whether it holds, older and newer, and a file', async () => {
    const {page} = visit
    for (let n = 0; n < 60; n += 1) await w.put('variable', 'many', 'COUNT', String(n))
    await visit.go('/audit')
    await page.getByText('Each entry on this page is what was hashed, and follows the one before it.').waitFor()
    const rows = () => page.getByRole('region', {name: 'Audit log'}).getByRole('row')
    await expect.poll(() => rows().count()).toBe(51)
    const newest = await rows().nth(1).textContent()
    await page.getByRole('button', {name: 'Older'}).click()
    await expect.poll(() => rows().nth(1).textContent()).not.toBe(newest)
    await page.getByRole('button', {name: 'Newer'}).click()

    await page.getByLabel('Operation').fill('secrets.set')
    await page.getByRole('button', {name: 'Filter'}).click()
    await expect.poll(() => rows().count()).toBe(2)
    await page.getByRole('button', {name: /^Entry \d+$/}).click()
    const entry = page.getByRole('dialog')
    await entry.getByText('secret production DB version 1').waitFor()
    expect(await entry.textContent()).toMatch(/Hash[0-9a-f]{64}Follows[0-9a-f]{64}/)
    await page.keyboard.press('Escape')

    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', {name: /^Save as a file/}).click(),
    ])
    const lines = readFileSync(await file.path(), 'utf8')
      .trimEnd()
      .split('\n')
    expect(lines.map((line) => JSON.parse(line).operation)).toEqual(['secrets.set'])
  })

  test('an audit log that was tampered with does not hold on the page either', async () => {
    const {page} = visit
    await page.route('**/orgs/default/audit?*', async (route) => {
      const answer = await route.fetch()
      const body = (await answer.json()) as {entries: {canonical: string}[]}
      const at = Math.floor(body.entries.length / 2)
      body.entries[at]!.canonical = body.entries[at]!.canonical.replace('"name":"owner"', '"name":"other"')
      await route.fulfill({response: answer, json: body})
    })
    await visit.go('/audit')
    await page.getByText('The entries on this page do not hold together').waitFor()
    await page.unroute('**/orgs/default/audit?*')
  })

  test('tokens show who may sign in, and no token', async () => {
    const made = await succeed(
      w.cli(['token', 'create', 'ci', '--role', 'writer', '--scope', 'production/**', '--expires', '20d']),
    )
    await visit.go('/tokens')
    const row = visit.page.getByRole('row', {name: /^ci writer/})
    expect(await row.textContent()).toMatch(/production\/\*\*.*expires in 20 days.*soon/)
    const text = await visit.page.content()
    expect(text).not.toContain(made.stdout.trim().slice(-20))
    await visit.page
      .getByText(/^postern session revoke [0-9a-f]{16}$/)
      .first()
      .waitFor()
  })

  test('a variable is shown with its value, set, and then locked against the page', async () => {
    const {page} = visit
    await visit.go('/variables?scope=production')
    await page.getByText('eu-west-1').waitFor()
    await page.getByRole('button', {name: 'Set LINES'}).click()
    expect(await dialog().getByLabel('Value').inputValue()).toBe('one\ntwo\n')
    await dialog().getByRole('button', {name: 'Set', exact: true}).click()
    await expect.poll(said).toContain('has this value already')
    await page.getByRole('button', {name: 'Set REGION'}).click()
    await dialog().getByLabel('Value').fill('eu-north-1')
    await dialog().getByLabel('Lock it against the dashboard').check()
    await dialog().getByRole('button', {name: 'Set', exact: true}).click()
    await page.getByText('eu-north-1').waitFor()
    await page.getByRole('button', {name: 'Set REGION (locked)'}).waitFor()
    await page.getByRole('button', {name: 'Delete REGION (locked)'}).waitFor()
    expect((await jsonOf('variable', 'get', '--scope', 'production', 'REGION')).locked).toBe(true)
  })

  test('the overview counts what there is, and names what needs somebody', async () => {
    await succeed(w.cli(['secret', 'declare', '--scope', 'production', 'WANTED']))
    await succeed(w.cli(['secret', 'describe', '--scope', 'production', 'DB', '--expires', '10d']))
    await visit.go('')
    const card = (name: string) => visit.page.locator('main').getByText(name, {exact: true}).locator('..')
    await expect.poll(() => card('Secrets').textContent()).toBe('Secrets2')
    await expect.poll(() => card('Variables').textContent()).toBe('Variables3')
    await visit.page.getByText('production DB, expires in 10 days').waitFor()
    await visit.page.getByText('production WANTED, waits for a value').waitFor()
    const today = visit.page.getByRole('row', {
      name: new RegExp(`^${new Date().toISOString().slice(0, 10)} \\d+ \\d+$`),
    })
    // The chart, and the table of its numbers, come by themselves.
    await today.waitFor({state: 'attached'})
    expect(await today.count()).toBe(1)
  })

  test('the browser complained of nothing', () => {
    expect(visit.complaints).toEqual([])
  })
})
