// A real server over a simulated tenant: some days of history with attacks, and
// events that go on while the tests run.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const sleep = (ms) => new Promise((r) => setTimeout(r, ms))

function freePort() {
  return new Promise((ok) => {
    const s = createServer().listen(0, '127.0.0.1', () => {
      const { port } = s.address()
      s.close(() => ok(port))
    })
  })
}

/** start gives {base, link(), verify(), stop()}. */
export async function start(bin) {
  const dir = mkdtempSync(join(tmpdir(), 'wholelog-e2e-'))
  const run = (...args) => execFileSync(bin, args, { cwd: dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const today = new Date().toISOString().slice(0, 10)
  run('simulate', '--tenant-users', '200', '--days', '5', '--end', today, '--attacks', 'easy', '--out', 'history')
  run('import', '--data', 'data', '--key', 'key', 'history')
  const children = []
  const go = (...args) => {
    const c = spawn(bin, args, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] })
    c.text = ''
    c.stdout.on('data', (d) => (c.text += d))
    c.stderr.on('data', (d) => (c.text += d))
    children.push(c)
    return c
  }
  const stop = async () => {
    for (const c of children.reverse()) {
      if (c.exitCode !== null) continue
      const ended = new Promise((r) => c.once('exit', r))
      c.kill('SIGTERM')
      await Promise.race([ended, sleep(8000).then(() => c.kill('SIGKILL'))])
    }
    rmSync(dir, { recursive: true, force: true })
  }
  try {
    const port = await freePort()
    const tenant = go('simulate', 'live', '--listen', '127.0.0.1:0', '--tenant-users', '4000', '--history', '10m', '--latency', '1s', '--write-config', 'wholelog.yaml', '--data', 'data')
    const config = join(dir, 'wholelog.yaml')
    for (let i = 0; i < 200 && !existsSync(config); i++) await sleep(50)
    if (!existsSync(config)) throw new Error('the simulated tenant did not start: ' + tenant.text)
    await sleep(200)
    const yaml = readFileSync(config, 'utf8')
      .replace(/^data:.*/m, 'data: data\nkey: key')
      .replace('127.0.0.1:8420', '127.0.0.1:' + port)
      .replace('graph: {', 'graph: {since: 10m, poll: 3s, collections: [signIns, nonInteractiveUser, directoryAudits], ')
    writeFileSync(config, yaml)
    const serve = go('serve', '-c', 'wholelog.yaml')
    const base = 'http://127.0.0.1:' + port
    for (let i = 0; ; i++) {
      const ok = await fetch(base + '/healthz').then((r) => r.ok, () => false)
      if (ok && existsSync(join(dir, 'data', 'sock'))) break
      if (i > 300 || serve.exitCode !== null) throw new Error('serve did not start: ' + serve.text)
      await sleep(100)
    }
    const link = () => /https?:\/\/\S+#token=\S+/.exec(run('signin', '--data', 'data'))?.[0] ?? ''
    return { base, dir, link, run, log: () => serve.text, stop }
  } catch (e) {
    await stop()
    throw e
  }
}
