// Puts the built page where the binary embeds it: text as NAME.gz alone. The
// folder is made beside and renamed, so that a build of the binary at the same
// time sees one page or the other.
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const here = dirname(fileURLToPath(import.meta.url))
const from = join(here, '.out')
const made = join(here, '.packed')
const to = join(here, '..', 'static', 'dist')
const text = /\.(html|js|css|svg|json|txt|webmanifest)$/

rmSync(made, { recursive: true, force: true })
const sizes = []
for (const name of readdirSync(from, { recursive: true })) {
  const file = join(from, name)
  if (!statSync(file).isFile()) continue
  mkdirSync(dirname(join(made, name)), { recursive: true })
  if (!text.test(name)) {
    cpSync(file, join(made, name))
    continue
  }
  const small = gzipSync(readFileSync(file), { level: 9 })
  writeFileSync(join(made, name + '.gz'), small)
  sizes.push([small.length, name])
}
rmSync(to, { recursive: true, force: true })
renameSync(made, to)
for (const [bytes, name] of sizes.sort((a, b) => b[0] - a[0])) console.log(`${(bytes / 1024).toFixed(1).padStart(8)} KB  ${name}`)
