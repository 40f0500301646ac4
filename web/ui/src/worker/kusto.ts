// Microsoft's language service for KQL, in a worker: it takes a second to load
// and a moment per keystroke. What our compiler does not have is not offered.
import '@kusto/language-service-next/bridge.min.js'
import '@kusto/language-service-next/Kusto.Language.Bridge.min.js'
import type { Answer, Completion, Mark, Request, Schema } from './protocol'

// The service is .NET compiled to JavaScript; its types are of no use here.
const K: any = (globalThis as any).Kusto.Language
const { Symbols, GlobalState } = K
const kindName: Record<number, string> = {}
for (const [name, value] of Object.entries(K.Editor.CompletionKind as Record<string, unknown>)) if (typeof value === 'number') kindName[value] = name

let state: any = GlobalState.Default
let known: Set<string> | undefined
let unsupported = new Set<string>()
let last: { text: string; service: any } | undefined

function list(l: any): any[] {
  const out: any[] = []
  for (let i = 0; l && i < l.Count; i++) out.push(l.getItem(i))
  return out
}

function setSchema(s: Schema) {
  const members: any[] = s.tables.map((t) => {
    const columns = t.columns.filter((c) => !c.hidden).map((c) => new Symbols.ColumnSymbol(c.name, Symbols.ScalarTypes.GetSymbol(c.type) ?? Symbols.ScalarTypes.Dynamic))
    return new Symbols.TableSymbol.$ctor4(t.name, columns)
  })
  for (const f of s.functions) {
    if (!f.body) continue
    const parameters = /\(.*\)/s.exec(f.signature ?? '')?.[0] ?? '()'
    try {
      members.push(new Symbols.FunctionSymbol.$ctor16(f.name, parameters, f.body, f.description ?? null))
    } catch {
      // A function that the service cannot read is left out of completion.
    }
  }
  const database = new Symbols.DatabaseSymbol.ctor('workspace', members)
  const cluster = new Symbols.ClusterSymbol.ctor('cluster', [database])
  state = GlobalState.Default.WithCluster(cluster).WithDatabase(database)
  known = s.functions.length > 60 ? new Set(s.functions.map((f) => f.name)) : undefined
  unsupported = new Set(s.unsupported)
  last = undefined
}

function service(text: string): any {
  if (last?.text !== text) last = { text, service: new K.Editor.KustoCodeService.$ctor1(text, state) }
  return last.service
}

function offered(c: Completion): boolean {
  const name = c.label.replace(/\(.*$/, '').trim()
  if (unsupported.has(name) || unsupported.has(name.replace(/^\| /, ''))) return false
  if (known && /function/i.test(c.kind) && !/Database|Local|User/i.test(c.kind)) return known.has(name)
  return !/^(Cluster|Database|MaterialiedView|MaterializedView|ExternalTable|GraphModel|EntityGroup|Command.*)$/.test(c.kind)
}

function answer(r: Request): Answer {
  switch (r.do) {
    case 'schema':
      setSchema(r.schema)
      return { id: r.id }
    case 'complete': {
      const got = service(r.text).GetCompletionItems(r.at)
      const items = list(got?.Items)
        .map((i, n): Completion => ({ label: i.DisplayText ?? i.MatchText, before: i.BeforeText ?? i.DisplayText, after: i.AfterText ?? '', kind: kindName[i.Kind] ?? String(i.Kind), rank: n }))
        .filter(offered)
        .slice(0, 600)
      return { id: r.id, start: got?.EditStart ?? r.at, length: got?.EditLength ?? 0, items }
    }
    case 'hover': {
      const got = service(r.text).GetQuickInfo(r.at)
      return { id: r.id, text: list(got?.Items).map((i) => i.Text as string).join('\n') }
    }
    case 'signature': {
      const open = /([A-Za-z_][\w-]*)\s*\([^()]*$/.exec(r.text.slice(0, r.at))
      if (!open) return { id: r.id, text: '' }
      const got = service(r.text).GetQuickInfo(open.index + 1)
      return { id: r.id, text: list(got?.Items).map((i) => i.Text as string)[0] ?? '' }
    }
    case 'check': {
      const marks = list(service(r.text).GetDiagnostics()).map((d): Mark => ({ from: d.Start, to: d.End, severity: d.Severity, message: d.Message, code: d.Code }))
      return { id: r.id, marks }
    }
  }
}

self.onmessage = (e: MessageEvent<Request>) => {
  let out: Answer
  try {
    out = answer(e.data)
  } catch (err) {
    out = { id: e.data.id, error: String(err) }
  }
  self.postMessage(out)
}
