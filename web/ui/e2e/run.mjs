// The page against the real binary, in Debian's Chromium:
//   node e2e/run.mjs BINARY [name of a test ...]
// Screenshots go to e2e/out. Each test that fails says so; the exit code is 1.
import axe from 'axe-core'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { start } from './server.mjs'
import { tests } from './tests.mjs'

const out = join(dirname(fileURLToPath(import.meta.url)), 'out')
mkdirSync(out, { recursive: true })
const [bin, ...only] = process.argv.slice(2)
const executablePath = process.env.CHROMIUM || ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
if (!bin || !executablePath) {
  console.error(bin ? 'Chromium is not here: apt-get install chromium' : 'name the binary')
  process.exit(2)
}

const server = await start(bin)
// Root, as in containers, has no sandbox of Chromium's.
const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
const faults = []
let state

/** page opens a page that reports whatever the browser complains of. */
async function page(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light', acceptDownloads: true, storageState: state, ...options })
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (e) => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`))
  })
  const p = await context.newPage()
  p.on('pageerror', (e) => faults.push('error in the page: ' + e.message))
  p.on('console', (m) => {
    if (m.type() === 'error' && !/Failed to load resource/.test(m.text())) faults.push('console: ' + m.text())
  })
  return p
}

/** accessible lists what axe finds. */
async function accessible(p) {
  await p.evaluate(axe.source)
  const r = await p.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }))
  return r.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? n.failureSummary)).join(' | ')}`)
}

const t = {
  server,
  page,
  accessible,
  signedIn: async (p) => (state = await p.context().storageState()),
  shot: (p, name) => p.screenshot({ path: join(out, name + '.png') }),
  equal(got, want, what) {
    if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: ${JSON.stringify(got)}, not ${JSON.stringify(want)}`)
  },
  ok(v, what) {
    if (!v) throw new Error(what)
  },
}

let failed = 0
for (const [name, test] of Object.entries(tests)) {
  if (only.length && name !== 'sign in' && !only.includes(name)) continue
  faults.length = 0
  const before = browser.contexts().length
  try {
    const said = await test(t)
    if (faults.length) throw new Error([...new Set(faults)].join('\n'))
    console.log(`ok   ${name}${said ? ': ' + said : ''}`)
  } catch (e) {
    failed++
    console.log(`FAIL ${name}: ${e.message}`)
    const p = browser.contexts().at(-1)?.pages().at(-1)
    if (p && browser.contexts().length > before) await p.screenshot({ path: join(out, 'failed-' + name.replace(/\W+/g, '-') + '.png') }).catch(() => undefined)
  }
  for (const c of browser.contexts().slice(before)) await c.close()
}
await browser.close()
await server.stop()
process.exit(failed ? 1 : 0)
