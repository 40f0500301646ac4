// What a person does on the page. Each gets its own browser context; the first
// signs in.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const days = '?range=7d'
const pages = ['/', '/query', '/incidents', '/rules', '/person', '/dashboards', '/sources', '/integrity', '/settings']

const query = (text) => '/query' + days + '#' + new URLSearchParams({ q: text, run: '1' })

/** settled waits until nothing loads any more. */
async function settled(p) {
  await p.waitForSelector('h1', { state: 'attached' })
  await p.waitForFunction(() => !document.querySelector('.skeleton'), undefined, { timeout: 30_000 })
}

const editorText = (p) => p.evaluate(() => [...document.querySelectorAll('.cm-line')].map((l) => l.textContent).join('\n'))

async function rows(p) {
  await p.waitForSelector('[role=grid] [role=gridcell]', { timeout: 20_000 })
}

export const tests = {
  async 'sign in'(t) {
    const p = await t.page({ storageState: undefined })
    await p.goto(t.server.base + '/')
    await p.getByLabel('API token').waitFor()
    t.equal(await t.accessible(p), [], 'accessibility of the sign-in page')
    const link = t.server.link()
    t.ok(link, 'signin printed no link')
    await p.goto(link)
    await p.getByRole('heading', { name: 'Overview' }).waitFor()
    t.ok(!p.url().includes('token='), 'the token stays in the address')
    await t.signedIn(p)
    const again = await t.page({ storageState: undefined })
    await again.goto(link)
    await again.getByRole('alert').waitFor()
  },

  async 'overview'(t) {
    const p = await t.page()
    const began = Date.now()
    await p.goto(t.server.base + '/' + days)
    await settled(p)
    const took = Date.now() - began
    t.ok((await p.locator('.tile').count()) >= 6, 'fewer than six key figures')
    t.equal(await p.locator('.problem, .tile-error').allTextContents(), [], 'panels with problems')
    await t.shot(p, 'overview')
    const tile = p.locator('.tile').first()
    const title = await tile.locator('.tile-title').textContent()
    await tile.click()
    await p.waitForURL(/\/query/)
    await rows(p)
    const paint = await p.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime)
    return `first paint ${Math.round(paint)} ms, complete ${took} ms, "${title}" opens its query`
  },

  async 'a live event arrives'(t) {
    const p = await t.page()
    await p.goto(t.server.base + '/' + days)
    await p.locator('.live li').first().waitFor({ timeout: 60_000 })
  },

  async 'completion, run and chart'(t) {
    const p = await t.page()
    await p.goto(t.server.base + '/query' + days)
    await p.locator('.cm-content').click()
    await p.keyboard.press('Control+A')
    await p.keyboard.press('Delete')
    await p.keyboard.type('Signin')
    await p.locator('.cm-tooltip-autocomplete li', { hasText: 'SigninLogs' }).first().waitFor({ timeout: 30_000 })
    await p.keyboard.press('Enter')
    // The service puts the next line's bar with a table's name.
    t.ok(/^SigninLogs\n\| ?$/.test(await editorText(p)), 'completion wrote ' + (await editorText(p)))
    await p.keyboard.type('where UserPr')
    await p.locator('.cm-tooltip-autocomplete li', { hasText: 'UserPrincipalName' }).first().waitFor({ timeout: 30_000 })
    await p.keyboard.press('Escape')
    for (let i = 0; i < 6; i++) await p.keyboard.press('Backspace')
    await p.keyboard.type('ResultType != "0"\n| summarize Count = count() by bin(TimeGenerated, 1h)\n| render timechart')
    await p.keyboard.press('Escape')
    await p.keyboard.press('Shift+Enter')
    await p.locator('.chartview .chart svg path').first().waitFor()
    await t.shot(p, 'chart')
    await p.getByRole('tab', { name: 'Rows' }).click()
    await rows(p)
    await p.getByRole('tab', { name: 'Plan and SQL' }).click()
    await p.locator('.planview pre').waitFor()
    t.ok(p.url().includes('ResultType'), 'the query is not in the address')
  },

  async 'a mistake is marked and explained'(t) {
    const p = await t.page()
    await p.goto(t.server.base + query('SigninLogs | where UserPrincipalNam == "x"'))
    const alert = p.getByRole('alert').first()
    await alert.waitFor()
    t.ok((await alert.textContent()).includes('UserPrincipalNam'), 'the problem does not name the column')
    await p.locator('.cm-lintRange-error').first().waitFor({ timeout: 20_000 })
  },

  async 'filter from a cell'(t) {
    const p = await t.page()
    await p.goto(t.server.base + query('SigninLogs\n| project TimeGenerated, AppDisplayName, ResultType'))
    await rows(p)
    const cell = p.locator('[role=gridcell][aria-colindex="2"]').first()
    const app = (await cell.textContent()).trim()
    await cell.click()
    await p.locator('.grid').press('+')
    await p.waitForFunction((a) => document.querySelector('.cm-content')?.textContent?.includes(`AppDisplayName == "${a}"`), app)
    await p.waitForFunction((a) => [...document.querySelectorAll('[role=gridcell][aria-colindex="2"]')].every((c) => c.textContent.trim() === a), app)
  },

  async 'a record and its proof'(t) {
    const p = await t.page()
    await p.goto(t.server.base + query('SigninLogs\n| where TimeGenerated < ago(1d)\n| order by TimeGenerated desc\n| take 50'))
    await rows(p)
    await p.locator('[role=gridcell]').first().click()
    await p.keyboard.press('Enter')
    await p.locator('.row-drawer .field-line').first().waitFor()
    await p.getByRole('tab', { name: 'As received' }).click()
    await p.locator('.row-drawer pre.code').waitFor()
    await p.getByRole('tab', { name: 'Proof' }).click()
    await p.locator('.proof li, .row-drawer .facts').first().waitFor()
    t.equal(await t.accessible(p), [], 'accessibility of the drawer')
    await t.shot(p, 'record')
  },

  async 'triage an incident by keys'(t) {
    const p = await t.page()
    await p.goto(t.server.base + '/incidents' + days)
    await p.locator('.queue-item').first().waitFor({ timeout: 60_000 })
    await p.locator('body').press('j')
    await p.locator('.incident-title').waitFor()
    const number = /#\d+/.exec(await p.locator('.incident-head').textContent())[0]
    t.equal(await t.accessible(p), [], 'accessibility of an incident')
    await t.shot(p, 'incident')
    await p.locator('body').press('a')
    await p.locator('.incident-head .tag', { hasText: 'Active' }).waitFor()
    await p.locator('body').press('c')
    const dialog = p.getByRole('dialog')
    await dialog.waitFor()
    t.equal(await t.accessible(p), [], 'accessibility of the dialog')
    await dialog.getByLabel('Benign positive').check()
    await dialog.getByLabel('What was found').fill('a test of the page')
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()
    await dialog.waitFor({ state: 'detached' })
    await p.getByRole('tab', { name: 'All' }).click()
    await p.locator('.queue-item', { hasText: number }).locator('.tag', { hasText: 'Closed' }).first().waitFor()
  },

  async 'export and verify'(t) {
    const p = await t.page()
    await p.goto(t.server.base + query('SigninLogs\n| where ResultType != "0"\n| project TimeGenerated, UserPrincipalName, ResultType'))
    await rows(p)
    await p.getByRole('button', { name: 'Export' }).click()
    const dialog = p.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Export', exact: true }).click()
    const dir = mkdtempSync(join(tmpdir(), 'wholelog-export-'))
    const links = dialog.locator('a[download]')
    await links.first().waitFor()
    let manifest = ''
    for (const l of await links.all()) {
      const [d] = await Promise.all([p.waitForEvent('download'), l.click()])
      const file = join(dir, d.suggestedFilename())
      await d.saveAs(file)
      if (file.endsWith('.manifest.json')) manifest = file
    }
    t.ok(manifest, 'no manifest was among the files')
    t.server.run('verify', '--manifest', manifest)
  },

  async 'keyboard alone'(t) {
    const p = await t.page()
    await p.goto(t.server.base + '/' + days)
    await settled(p)
    await p.keyboard.press('Tab')
    t.equal(await p.evaluate(() => document.activeElement.textContent), 'Skip to content', 'the first stop')
    await p.keyboard.press('Enter')
    t.equal(await p.evaluate(() => document.activeElement.id), 'main', 'the focus after skipping')
    await p.keyboard.press('?')
    await p.getByRole('dialog', { name: 'Keys' }).waitFor()
    t.equal(await t.accessible(p), [], 'accessibility of the keys')
    await p.keyboard.press('Escape')
    await p.keyboard.press('g')
    await p.keyboard.press('q')
    await p.waitForURL(/\/query/)
    await p.keyboard.press('Control+k')
    await p.getByRole('combobox').waitFor()
    await p.keyboard.type('integr')
    t.equal(await t.accessible(p), [], 'accessibility of the palette')
    await p.keyboard.press('Enter')
    await p.waitForURL(/\/integrity/)
    await p.keyboard.press('/')
    await p.keyboard.type('SigninLogs | take 5')
    await p.keyboard.press('Enter')
    await p.waitForURL(/\/query/)
    await rows(p)
    await p.locator('.grid').focus()
    await p.keyboard.press('ArrowDown')
    await p.keyboard.press('ArrowRight')
    t.ok(await p.locator('.grid').getAttribute('aria-activedescendant'), 'the grid has no active cell')
    await p.keyboard.press('Enter')
    await p.locator('.row-drawer').waitFor()
    await p.keyboard.press('Escape')
    await p.locator('.row-drawer').waitFor({ state: 'detached' })
  },

  async 'every page is accessible, light and dark'(t) {
    for (const colorScheme of ['light', 'dark']) {
      const p = await t.page({ colorScheme })
      for (const path of pages) {
        await p.goto(t.server.base + path + days)
        await settled(p)
        t.equal(await t.accessible(p), [], `accessibility of ${path}, ${colorScheme}`)
        t.equal(await p.locator('.problem').allTextContents(), [], `problems on ${path}`)
        await t.shot(p, `${path.slice(1) || 'overview'}-${colorScheme}`)
      }
      t.equal(await p.evaluate(() => document.documentElement.dataset.theme), colorScheme, 'the theme')
    }
  },

  async 'a phone'(t) {
    const p = await t.page({ viewport: { width: 375, height: 740 }, hasTouch: true, isMobile: true })
    for (const path of [...pages, '/person/nobody@contoso.example']) {
      await p.goto(t.server.base + path + days)
      await settled(p)
      const wide = await p.evaluate(() => Math.max(document.documentElement.scrollWidth, document.getElementById('main').scrollWidth))
      t.ok(wide <= 375, `${path} is ${wide} px wide`)
      await t.shot(p, `phone-${path.split('/')[1] || 'overview'}`)
    }
    await p.getByRole('button', { name: 'Navigation', exact: true }).click()
    await p.getByRole('link', { name: 'Incidents' }).click()
    await p.waitForURL(/\/incidents/)
  },

  async 'every dashboard draws, and prints'(t) {
    const p = await t.page()
    await p.goto(t.server.base + '/dashboards' + days)
    await p.locator('.boardlink').first().waitFor()
    const links = await p.locator('.boardlink').evaluateAll((l) => l.map((a) => a.getAttribute('href')))
    for (const l of links) {
      await p.goto(t.server.base + l)
      await settled(p)
      t.equal(await p.locator('.problem, .tile-error').allTextContents(), [], `panels with problems on ${l}`)
      t.equal(await t.accessible(p), [], `accessibility of ${l}`)
    }
    await p.emulateMedia({ media: 'print' })
    t.ok(!(await p.locator('.side').isVisible()), 'the navigation is printed')
    await t.shot(p, 'print')
    return `${links.length} dashboards`
  },

  async 'a grid of 100,000 rows'(t) {
    const p = await t.page()
    await p.goto(t.server.base + query('range n from 1 to 100000 step 1\n| extend a = n % 7, b = strcat("row ", n), c = n * 1.5, d = tostring(n % 13), e = n + 1, f = n + 2, g = n + 3, h = n + 4, i = n + 5'))
    await p.waitForFunction(() => /100,000 rows/.test(document.querySelector('.run-line')?.textContent ?? ''), undefined, { timeout: 60_000 })
    const frames = await p.evaluate(async () => {
      const g = document.querySelector('.grid')
      let n = 0
      const began = performance.now()
      while (performance.now() - began < 2000) {
        g.scrollTop += 390
        await new Promise((r) => requestAnimationFrame(r))
        n++
      }
      return n / ((performance.now() - began) / 1000)
    })
    await p.locator('.grid').press('Control+End')
    await p.locator('[role=gridcell]', { hasText: 'row 100000' }).waitFor()
    t.ok((await p.locator('[role=gridcell]').count()) < 1500, 'rows that are not seen are made')
    return `${frames.toFixed(0)} frames a second`
  },
}

