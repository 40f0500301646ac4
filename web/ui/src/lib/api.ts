// The client of the server's routes, and its errors as RFC 9457 has them.
import type { Column } from './format'

export interface Diagnostic {
  code?: string
  severity?: string
  line?: number
  column?: number
  endLine?: number
  endColumn?: number
  message: string
  hint?: string
}

export class Problem extends Error {
  readonly status: number
  readonly detail: string
  readonly hint: string
  readonly diagnostics: Diagnostic[]
  constructor(p: { title?: string; status?: number; detail?: string; hint?: string; diagnostics?: Diagnostic[] | null }) {
    super(p.title || 'the request failed')
    this.status = p.status ?? 0
    this.detail = p.detail ?? ''
    this.hint = p.hint ?? ''
    this.diagnostics = p.diagnostics ?? []
  }
}

export interface Session {
  signedIn: boolean
  user?: { id: string; name: string }
  roles?: string[]
  may?: string[]
  expires?: string
  csrf?: string
  oidc?: { enabled: boolean; name: string }
  server?: { version: string; now: string; tenants: { id: string; name?: string }[] }
}

let csrf = ''
let lost: () => void = () => {}

/** onLost is told when the session has ended. */
export function onLost(f: () => void) {
  lost = f
}

export async function session(): Promise<Session> {
  const s = await get<Session>('/v1/session')
  csrf = s.csrf ?? ''
  return s
}

export async function call(method: string, path: string, body?: unknown, more: { signal?: AbortSignal; accept?: string } = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: more.accept ?? 'application/json' }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf
  let res: Response
  try {
    res = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal: more.signal, credentials: 'same-origin' })
  } catch (e) {
    if (e instanceof DOMException && e.name === 'AbortError') throw e
    throw new Problem({ title: 'the server cannot be reached', detail: 'Is it still running? This page tries again by itself.' })
  }
  if (res.ok) return res
  if (res.status === 401 && !path.startsWith('/v1/session')) lost()
  throw await problemOf(res)
}

export async function problemOf(res: Response): Promise<Problem> {
  const type = res.headers.get('Content-Type') ?? ''
  if (type.includes('json')) {
    const p = (await res.json().catch(() => ({}))) as ConstructorParameters<typeof Problem>[0]
    return new Problem({ ...p, status: res.status })
  }
  const text = (await res.text().catch(() => '')).trim()
  return new Problem({ title: text.length < 200 && text ? text : `the server answered ${res.status}`, status: res.status })
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await call('GET', path, undefined, { signal })).json()) as T
}

export async function send<T = unknown>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const res = await call(method, path, body)
  const text = await res.text()
  return (text && (res.headers.get('Content-Type') ?? '').includes('json') ? JSON.parse(text) : text) as T
}

/** items reads a list, whether it comes plain or in pages of {items, next}. */
export async function items<T>(path: string, signal?: AbortSignal): Promise<T[]> {
  const out: T[] = []
  let next = ''
  for (let page = 0; page < 50; page++) {
    const at = next ? path + (path.includes('?') ? '&' : '?') + 'cursor=' + encodeURIComponent(next) : path
    const got = await get<T[] | { items: T[] | null; next?: string }>(at, signal)
    if (Array.isArray(got)) return got
    out.push(...(got.items ?? []))
    if (!got.next) break
    next = got.next
  }
  return out
}

export interface Ask {
  query: string
  from?: string
  to?: string
  now?: string
  tenant?: string
  maxRows?: number
}

export interface Visualization {
  kind?: string
  [property: string]: unknown
}

export interface Result {
  columns: Column[]
  rows: unknown[][]
  stats: Record<string, unknown>
  notices: string[]
  visualization?: Visualization
  diagnostics?: Diagnostic[]
  query?: string
}

/** lines cuts a stream into its lines. */
export async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    rest += done ? decoder.decode() : decoder.decode(value, { stream: true })
    const parts = rest.split('\n')
    rest = parts.pop() ?? ''
    for (const p of parts) if (p) yield p
    if (done) break
  }
  if (rest) yield rest
}

/** query runs KQL. Rows come as they are made; `more` hears of them. */
export async function query(ask: Ask, signal?: AbortSignal, more?: (soFar: Result) => void): Promise<Result> {
  const body = Object.fromEntries(Object.entries(ask).filter(([, v]) => v !== undefined && v !== ''))
  const res = await call('POST', '/v1/query', body, { signal, accept: 'application/x-ndjson' })
  const out: Result = { columns: [], rows: [], stats: {}, notices: [] }
  if (!(res.headers.get('Content-Type') ?? '').includes('ndjson') || !res.body) {
    return { ...out, ...((await res.json()) as Partial<Result>) }
  }
  let told = performance.now()
  let ended = false
  for await (const line of lines(res.body)) {
    const l = JSON.parse(line) as Partial<Result> & { row?: unknown[]; problem?: ConstructorParameters<typeof Problem>[0] }
    if (l.row) out.rows.push(l.row)
    else if (l.problem) throw new Problem(l.problem)
    else if (l.columns && !l.stats) out.columns = l.columns
    else {
      ended = true
      Object.assign(out, { stats: l.stats ?? {}, notices: l.notices ?? [], visualization: l.visualization ?? undefined, diagnostics: l.diagnostics })
      if (l.columns) out.columns = l.columns
    }
    if (more && performance.now() - told > 150) {
      told = performance.now()
      // A list of its own: what is shown tells by identity that there is more.
      more({ ...out, rows: out.rows.slice() })
    }
  }
  if (!ended) throw new Problem({ title: 'the answer ended early', detail: 'The connection broke while rows came. Run it again.' })
  return out
}
