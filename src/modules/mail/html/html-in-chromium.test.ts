import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import pixelmatch from 'pixelmatch'
import { type Browser, chromium, type Page } from 'playwright-core'
import { PNG } from 'pngjs'
import { htmlVectors } from '../../../../test/fixtures/html-vectors.ts'
import { newsletters } from '../../../../test/fixtures/newsletters.ts'
import { skipWithoutChromium } from '../../../../test/harness/servers.ts'
import { sanitizeMessageHtml } from './html-sanitizer.ts'
import { presentHtml } from './present-html.ts'

const origin = 'http://mail.test'

function picture(width: number, height: number, colorAt: (x: number, y: number) => [number, number, number]): Buffer {
  const png = new PNG({ width, height })
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) png.data.set([...colorAt(x, y), 255], 4 * (y * width + x))
  }
  return PNG.sync.write(png)
}

const images = new Map([
  ['banner@news', picture(600, 120, (x, y) => [x % 256, (y * 2) % 256, 120])],
  ['photo@news', picture(120, 80, (x, y) => (((x >> 3) + (y >> 3)) % 2 ? [220, 60, 60] : [250, 240, 200]))],
  ['dot@news', picture(1, 1, () => [90, 90, 200])],
])

/** As a reader's program would put it into a page of its own. */
function shown(html: string): string {
  const clean = sanitizeMessageHtml(html, {
    scope: 'm1',
    inlinePart: (contentId) => (images.has(contentId) ? contentId : undefined),
  })
  const body = presentHtml(clean.html, { inline: (part) => `${origin}/images/${part}` })
  return `${clean.facts.documentType}<html><body style="margin:0">${body}</body></html>`
}

/** Runs in the page: renders each fragment, and does to all of its elements what a reader might. */
const touchAll = `async (all) => {
  window.stolen = 0
  window.steal = () => { window.stolen += 1 }
  for (const name of ['alert', 'confirm', 'prompt', 'open', 'fetch']) window[name] = window.steal
  for (const html of all) {
    const box = document.createElement('div')
    document.body.append(box)
    box.innerHTML = html
    for (const element of box.querySelectorAll('*')) {
      for (const type of ['mouseover', 'mouseenter', 'focus', 'pointerover', 'toggle', 'error', 'load', 'animationstart']) {
        element.dispatchEvent(new Event(type))
      }
      element.focus?.()
    }
  }
  await new Promise((resolve) => setTimeout(resolve, 100))
  return window.stolen
}`

suite('sanitised HTML in a browser', { skip: skipWithoutChromium }, () => {
  let browser: Browser
  let page: Page
  let asked: string[] = []

  before(async () => {
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--hide-scrollbars'],
    })
    page = await browser.newPage({ viewport: { width: 700, height: 500 } })
    await page.route('**/*', async (route) => {
      const { pathname, host } = new URL(route.request().url())
      const image = host === 'mail.test' ? images.get(pathname.replace('/images/', '')) : undefined
      if (image) return route.fulfill({ contentType: 'image/png', body: image })
      if (route.request().isNavigationRequest() && pathname === '/blank') {
        return route.fulfill({ contentType: 'text/html', body: '<!doctype html><body></body>' })
      }
      asked.push(route.request().url())
      await route.abort()
    })
  })
  after(() => browser.close())

  /** Renders each fragment as a page does that takes HTML into itself, touches all of it, and tells what happened. */
  async function consequences(
    fragments: readonly string[],
  ): Promise<{ stolen: number; asked: string[]; address: string }> {
    asked = []
    await page.goto(`${origin}/blank`)
    page.on('dialog', (dialog) => void dialog.dismiss())
    const stolen: number = await page.evaluate(`(${touchAll})(${JSON.stringify(fragments)})`)
    return { stolen, asked, address: page.url() }
  }

  test('nothing runs, nothing is asked of anybody, and the page stays where it is', async () => {
    const cleaned = htmlVectors.map(
      (vector) => sanitizeMessageHtml(vector, { scope: 'm1', inlinePart: () => undefined }).html,
    )
    assert.deepEqual(await consequences(cleaned), { stolen: 0, asked: [], address: `${origin}/blank` })
    // All of them in one document, as its own markup and not as a fragment.
    asked = []
    await page.setContent(
      `<script>stolen = 0; steal = () => { stolen++ }; alert = steal</script>${cleaned.join('\n')}`,
      { waitUntil: 'load' },
    )
    assert.deepEqual([await page.evaluate('stolen'), asked], [0, []])
  })

  test('the same, untouched, does run and ask: the test above can fail', async () => {
    // A page that goes elsewhere can no longer be asked.
    const raw = await consequences(htmlVectors.filter((vector) => !vector.includes('http-equiv')))
    assert(raw.stolen > 7, `${raw.stolen}`)
    assert(raw.asked.length > 5, `${raw.asked}`)
  })

  async function screenshot(html: string, width: number): Promise<PNG> {
    await page.setViewportSize({ width, height: 500 })
    await page.setContent(html, { waitUntil: 'load' })
    return PNG.sync.read(await page.screenshot({ animations: 'disabled', caret: 'hide' }))
  }

  /** The share of pixels that differ as far down as the message goes: below it is whatever page it stands on. */
  async function difference(one: PNG, other: PNG): Promise<number> {
    const { width } = one
    const height = Math.min(one.height, Number(await page.evaluate('document.body.firstElementChild.offsetHeight')))
    assert(height > 20)
    const top = ({ data }: PNG) => data.subarray(0, 4 * width * height)
    return pixelmatch(top(one), top(other), undefined, width, height, { threshold: 0.05 }) / (width * height)
  }

  for (const { name, html } of newsletters) {
    test(`looks the same before and after: ${name}`, async () => {
      // The message as its sender's browser shows it, its images in place.
      const original = html.replaceAll('cid:', `${origin}/images/`)
      for (const width of html.includes('@media') ? [700, 400] : [700]) {
        const before = await screenshot(original, width)
        const after = await screenshot(shown(html), width)
        const share = await difference(before, after)
        assert(share <= 0.0005, `${(100 * share).toFixed(3)} % differ at ${width}`)
        assert(isPainted(before), 'there is something to see')
      }
    })
  }

  test('on a dark page a message with colours keeps its paper, and one for dark screens changes as it does in a browser', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    const dark = (html: string) => shown(html).replace('<body', '<style>:root{color-scheme:light dark}</style><body')
    const find = (part: string) => newsletters.find(({ name }) => name.startsWith(part))?.html ?? ''
    const light = find('typography')
    const onDark = await screenshot(dark(light), 700)
    await page.emulateMedia({ colorScheme: 'light' })
    assert((await difference(onDark, await screenshot(shown(light), 700))) <= 0.0005)
    await page.emulateMedia({ colorScheme: 'dark' })
    const adaptive = find('colours for dark')
    const changed = await difference(await screenshot(adaptive, 700), await screenshot(dark(adaptive), 700))
    await page.emulateMedia({ colorScheme: 'light' })
    assert(changed <= 0.0005, `${changed}`)
  })
})

const isPainted = ({ data }: PNG): boolean => data.some((value, at) => value !== data[at % 4])
