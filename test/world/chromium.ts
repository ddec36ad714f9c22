import {mkdirSync, readFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {join, resolve} from 'node:path'
import {type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page} from 'playwright-core'
import {chromiumPath} from './chromium-path.ts'
import {succeed, type World} from './world.ts'

export {chromiumPath}

/** Pictures of the pages, kept after the tests. */
export const pictures = resolve(import.meta.dirname, '../../build/screenshots')

export interface Visit {
  page: Page
  context: BrowserContext
  /** Goes to a page by its path below `/dashboard`, and waits until what it asks for is there. */
  go: (path: string) => Promise<void>
  /** What the browser complained of, but for answers that the test asked for: a violated policy, an error that nobody caught. */
  complaints: string[]
  /** The address and the body of every answer. */
  answers: {url: string; body: string}[]
}

export interface Chromium {
  browser: Browser
  /** A browser that nobody has used before, signed in by a link of `dashboard open`. */
  visit: (world: World, options?: BrowserContextOptions) => Promise<Visit>
  close: () => Promise<void>
}

export async function startChromium(): Promise<Chromium> {
  const browser: Browser = await chromium.launch({
    executablePath: chromiumPath!,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  return {
    browser,
    visit: async (world, options = {}) => {
      // The authority is the world's own; that it is checked is the client's test.
      const context = await browser.newContext({
        ignoreHTTPSErrors: true,
        viewport: {width: 1280, height: 800},
        ...options,
      })
      const page = await context.newPage()
      const complaints: string[] = []
      const answers: Visit['answers'] = []
      page.on('console', (message) => {
        // An answer of 4xx is in there too, and expected where a test asks for one.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
          complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('response', (response) => {
        void response.text().then(
          (body) => answers.push({url: response.url(), body}),
          () => {},
        )
      })
      const {stdout} = await succeed(world.cli(['dashboard', 'open', '--json']))
      await page.goto((JSON.parse(stdout) as {url: string}).url)
      await page.getByRole('button', {name: 'Sign in'}).click()
      await page.getByRole('heading', {name: 'Overview'}).waitFor()
      const go = async (path: string) => {
        await page.goto(`${world.server.dashboardUrl}/dashboard${path}`)
        await page.locator('main h1').waitFor()
        // The page itself comes after what is around it.
        await page.locator('main > :not(h1)').first().waitFor({state: 'attached'})
        const loading = page.locator('[aria-busy=true]')
        while ((await loading.count()) > 0) await loading.first().waitFor({state: 'detached'})
      }
      return {page, context, go, complaints, answers}
    },
    close: () => browser.close(),
  }
}

const axe = () => readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds wrong with what is shown, each as its rule and where. */
export async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe())
  const {violations} = (await page.evaluate('axe.run(document, {resultTypes: ["violations"]})')) as {
    violations: {id: string; nodes: {html: string; failureSummary?: string}[]}[]
  }
  return violations.flatMap(({id, nodes}) =>
    nodes.map(({html, failureSummary}) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
  )
}

/** Keeps a picture of what is shown. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, {recursive: true})
  await page.screenshot({path: join(pictures, `${name}.png`)})
}
