import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { EditorHandle } from './editor'
import { Builder } from './builder'
import { RowDrawer } from './drawer'
import { ExportDialog } from './export'
import { Grid } from './grid'
import { chartOf, ChartView, PlanView } from './results'
import { RuleDialog } from './rule'
import { SaveDialog } from './save'
import { Side } from './side'
import { knowTables } from './values'
import { giveSchema } from './service'
import * as tabsOf from './tabs'
import { get, Problem, query, send, type Result } from '../../lib/api'
import { useMay, useScope } from '../../lib/context'
import { integer, type Column } from '../../lib/format'
import { useKeys } from '../../lib/keys'
import { at, condition, statements, where } from '../../lib/kql'
import { duration } from '../../lib/time'
import { go, href, set, useLoc } from '../../lib/url'
import { useStored } from '../../lib/store'
import { Banner, Button, copy, Empty, failed, ProblemBox, Skeleton, Tabs } from '../../ui/parts'
import type { Schema } from '../../worker/protocol'

const Editor = lazy(() => import('./editor'))

type View = 'rows' | 'chart' | 'plan'

/** useSchema is the catalogue of tables and functions; it changes with the binary. */
export function useSchema() {
  return useQuery({ queryKey: ['schema'], queryFn: () => get<Schema>('/v1/schema'), staleTime: Infinity })
}

export default function QueryPage() {
  const { hash, search } = useLoc()
  const scope = useScope()
  const mayExport = useMay('export')
  const mayRules = useMay('rules')
  const schema = useSchema()
  const [tabs] = tabsOf.useTabs()
  const [active, setActive] = useStored('tab', 'first')
  const [side, setSide] = useStored('side', true)
  const [editorHeight, setEditorHeight] = useStored('editorHeight', 220)
  const [dialog, setDialog] = useState<'' | 'save' | 'export' | 'rule' | 'build'>('')
  const [, redraw] = useState(0)
  const [chosen, setChosen] = useState<View | ''>('')
  const handle = useRef<EditorHandle>(null)
  const aborts = useRef(new Map<string, AbortController>())
  const tab = tabs.find((t) => t.id === active) ?? tabs[0]!
  const run = tabsOf.runs.get(tab.id)
  const narrow = useNarrow()

  useEffect(() => {
    if (!schema.data?.tables) return
    giveSchema({ ...schema.data, functions: schema.data.functions ?? [], operators: schema.data.operators ?? [], unsupported: schema.data.unsupported ?? [] })
    knowTables(schema.data.tables)
  }, [schema.data])

  const execute = useCallback(
    async (id: string, statement: string, at: number) => {
      aborts.current.get(id)?.abort()
      const abort = new AbortController()
      aborts.current.set(id, abort)
      const now: tabsOf.Run = { state: 'running', statement, at, range: { from: scope.from, to: scope.to }, tenant: scope.tenant, started: performance.now() }
      tabsOf.runs.set(id, now)
      setChosen('')
      redraw((n) => n + 1)
      const still = () => tabsOf.runs.get(id) === now
      try {
        now.result = await query({ query: statement, from: scope.from, to: scope.to, tenant: scope.tenant, maxRows: 100_000 }, abort.signal, (r) => {
          now.result = r
          if (still()) redraw((n) => n + 1)
        })
        now.state = 'done'
      } catch (e) {
        now.state = 'failed'
        now.error = e instanceof DOMException ? new Problem({ title: 'stopped', detail: 'The query was stopped before it ended.' }) : e
      }
      now.took = performance.now() - now.started
      if (still()) redraw((n) => n + 1)
    },
    [scope.from, scope.to, scope.tenant],
  )

  const runNow = useCallback(
    (whole: boolean) => {
      const h = handle.current
      const s = whole ? { text: h?.text() ?? tab.text, from: 0 } : (h?.statement() ?? { text: tab.text, from: 0 })
      if (!s.text.trim()) return
      set({ row: undefined })
      void execute(tab.id, s.text, s.from)
      const u = href('/query', { row: undefined }, { q: s.text })
      go(u, true)
    },
    [execute, tab.id, tab.text],
  )

  // A link brings its query: into the tab that has it, or a new one.
  const linked = hash.get('q')
  const toRun = hash.get('run')
  useEffect(() => {
    if (!linked) return
    const t = tabs.find((x) => x.id === active)
    if (!t || !holds(t.text, linked)) {
      const opened = tabsOf.open(linked)
      setActive(opened.id)
      if (toRun || !tabsOf.runs.has(opened.id)) void execute(opened.id, linked, 0)
    } else if (toRun || !tabsOf.runs.has(t.id)) void execute(t.id, linked, Math.max(0, t.text.indexOf(linked.trim())))
    if (toRun) go(href('/query', {}, { q: linked }), true)
    // Only a new link does this, not a new tab.
  }, [linked, toRun])

  // The same statement again when the range is changed by hand.
  const rangeKey = `${search.get('range')}|${search.get('from')}|${search.get('to')}|${scope.tenant}`
  const before = useRef(rangeKey)
  useEffect(() => {
    if (before.current === rangeKey) return
    before.current = rangeKey
    const r = tabsOf.runs.get(tab.id)
    if (r && !toRun) void execute(tab.id, r.statement, r.at)
  }, [rangeKey, tab.id, execute, toRun])

  const choose = (id: string) => {
    setActive(id)
    const r = tabsOf.runs.get(id)
    go(href('/query', {}, { q: r?.statement }), true)
    setChosen('')
  }
  const setText = (text: string, andRun = true) => {
    tabsOf.update(tab.id, { text })
    handle.current?.set(text)
    if (andRun) {
      void execute(tab.id, text.trim(), 0)
      go(href('/query', {}, { q: text.trim() }), true)
    }
  }
  const filter = useCallback(
    (column: Column, value: unknown, not: boolean) => {
      const r = tabsOf.runs.get(tab.id)
      if (!r) return
      const statement = where(r.statement, condition(column.name, column.type, value, not))
      const text = tabsOf.tabsNow().find((t) => t.id === tab.id)?.text ?? ''
      const place = text.indexOf(r.statement)
      const next = place >= 0 ? text.slice(0, place) + statement + text.slice(place + r.statement.length) : statement
      tabsOf.update(tab.id, { text: next })
      handle.current?.set(next)
      void execute(tab.id, statement, Math.max(0, place))
      go(href('/query', {}, { q: statement }), true)
    },
    [tab.id, execute],
  )
  const format = async () => {
    const text = handle.current?.text() ?? tab.text
    try {
      const r = await send<{ query: string }>('POST', '/v1/query/format', { query: text })
      handle.current?.set(r.query)
      tabsOf.update(tab.id, { text: r.query })
    } catch (e) {
      failed(e)
    }
  }
  useKeys([
    { keys: 'n', label: 'New tab', group: 'Query', run: () => setActive(tabsOf.add().id) },
    { keys: 'e', label: 'To the editor', group: 'Query', run: () => handle.current?.focus() },
    { keys: 'b', label: 'Build a query without writing', group: 'Query', run: () => setDialog('build') },
  ])

  const result = run?.result
  const kind = result ? chartOf(result) : null
  const view: View = chosen || (result?.visualization && kind && run?.state === 'done' ? 'chart' : 'rows')
  const openRow = search.get('row')
  const opened = openRow !== null && result && Number(openRow) < result.rows.length ? Number(openRow) : null
  const onOpen = useCallback((i: number | null) => set({ row: i === null ? undefined : i }), [])

  return (
    <div className="page full query">
      <h1 className="sr">Query</h1>
      {side && !narrow && <Side schema={schema.data} onInsert={(t) => handle.current?.insert(t)} onOpen={(t) => { const o = tabsOf.open(t); setActive(o.id); handle.current?.set(o.text); void execute(o.id, t.trim(), 0) }} />}
      <div className="query-main">
        <div className="query-tabs">
          <Button icon="tree" kind="plain" aria-label={side ? 'Hide tables and saved queries' : 'Show tables and saved queries'} aria-pressed={side} onClick={() => setSide(!side)} className="wide" />
          <div className="tabs grow" role="tablist" aria-label="Queries">
            {tabs.map((t) => (
              <button key={t.id} type="button" role="tab" aria-selected={t.id === tab.id} tabIndex={t.id === tab.id ? 0 : -1} onClick={() => choose(t.id)} onKeyDown={(e) => {
                const i = tabs.indexOf(t) + (e.key === 'ArrowRight' ? 1 : e.key === 'ArrowLeft' ? -1 : 0)
                if (e.key.startsWith('Arrow') && tabs[i]) choose(tabs[i]!.id)
                if (e.key === 'Delete') choose(tabsOf.close(t.id).id)
              }} title={t.text.slice(0, 300)}>
                {tabsOf.titleOf(t)}
              </button>
            ))}
          </div>
          <Button icon="plus" kind="plain" aria-label="New tab" onClick={() => choose(tabsOf.add().id)} />
          <Button icon="close" kind="plain" aria-label="Close this tab" onClick={() => choose(tabsOf.close(tab.id).id)} />
        </div>
        <div className="query-bar">
          {run?.state === 'running' ? (
            <Button icon="pause" onClick={() => aborts.current.get(tab.id)?.abort()}>Stop</Button>
          ) : (
            <Button icon="play" kind="primary" onClick={() => runNow(false)} title="Shift+Enter in the editor">Run</Button>
          )}
          <Button icon="filter" kind="plain" onClick={() => setDialog('build')} title="Build a query without writing KQL"><span className="wide">Build</span></Button>
          <Button icon="wand" kind="plain" onClick={() => void format()} title="Shift+Alt+F"><span className="wide">Format</span></Button>
          {mayRules && <Button icon="star" kind="plain" onClick={() => setDialog('save')}><span className="wide">Save</span></Button>}
          <Button icon="external" kind="plain" onClick={() => void copy(location.origin + href('/query', { range: undefined, from: scope.from, to: scope.to }, { q: handle.current?.statement()?.text ?? tab.text }))} title="Copy a link to this query and time"><span className="wide">Share</span></Button>
          <span className="grow" />
          {mayRules && <Button icon="rules" kind="plain" onClick={() => setDialog('rule')}><span className="wide">Make a rule</span></Button>}
          {mayExport && <Button icon="download" kind="plain" onClick={() => setDialog('export')} disabled={!run}><span className="wide">Export</span></Button>}
        </div>
        <div className="query-editor" style={{ height: editorHeight }}>
          <Suspense fallback={<pre className="code grow" style={{ border: 0, margin: 0 }}>{tab.text}</pre>}>
            <Editor key={tab.id} text={tab.text} handle={handle} onChange={(text) => tabsOf.update(tab.id, { text })} onRun={runNow} onFormat={() => void format()} />
          </Suspense>
        </div>
        <Splitter value={editorHeight} onChange={setEditorHeight} />
        <div className="query-results">
          {!run ? (
            <Empty title="Nothing has been run" icon="query">
              Shift+Enter runs the statement under the cursor over the time chosen above.
            </Empty>
          ) : (
            <>
              <div className="query-results-head">
                <Tabs value={view} onChange={(v) => setChosen(v)} label="Views of the result" options={[['rows', 'Rows'], ['chart', 'Chart'], ['plan', 'Plan and SQL']]} />
                <span className="grow" />
                <RunLine run={run} />
              </div>
              <Notices result={result} />
              {run.state === 'failed' && <div className="pad"><ProblemBox error={run.error} /></div>}
              {view === 'plan' ? (
                <PlanView statement={run.statement} range={run.range} tenant={run.tenant} />
              ) : !result ? (
                run.state === 'running' ? <Skeleton lines={6} /> : null
              ) : run.state !== 'failed' && view === 'chart' ? (
                <ChartView result={result} range={run.range} />
              ) : result.columns.length > 0 && result.rows.length === 0 && run.state === 'done' ? (
                <Empty title="No rows" icon="search">
                  The query ran and nothing matched. Widen the time range above, or take a condition away.
                </Empty>
              ) : result.columns.length > 0 ? (
                <div className="query-split">
                  <Grid columns={result.columns} rows={result.rows} opened={opened} onOpen={onOpen} onFilter={filter} />
                  {opened !== null && <RowDrawer columns={result.columns} row={result.rows[opened]!} statement={run.statement} onClose={() => onOpen(null)} onFilter={filter} />}
                </div>
              ) : null}
            </>
          )}
        </div>
      </div>
      {dialog === 'save' && <SaveDialog text={handle.current?.statement()?.text ?? tab.text} close={() => setDialog('')} done={(title) => tabsOf.update(tab.id, { title })} />}
      {dialog === 'export' && run && <ExportDialog run={run} close={() => setDialog('')} />}
      {dialog === 'rule' && <RuleDialog text={run?.statement ?? tab.text} columns={result?.columns ?? []} close={() => setDialog('')} />}
      {dialog === 'build' && <Builder schema={schema.data} close={() => setDialog('')} done={(text) => { setDialog(''); setText(text) }} />}
    </div>
  )
}

// holds says whether a text has a statement.
function holds(text: string, statement: string): boolean {
  const s = statement.trim()
  return text.trim() === s || statements(text).some((p) => p.text === s || at(text, p.from)?.text.trim() === s)
}

function RunLine({ run }: { run: tabsOf.Run }) {
  const rows = run.result?.rows.length ?? 0
  const took = typeof run.result?.stats.seconds === 'number' ? run.result.stats.seconds : (run.took ?? performance.now() - run.started) / 1000
  return (
    <span className="muted run-line" role="status">
      {run.state === 'running' ? <>Running{rows ? `, ${integer(rows)} rows so far` : ''} …</> : run.state === 'done' ? <>{integer(rows)} {rows === 1 ? 'row' : 'rows'} in {duration(took)}</> : 'Failed'}
    </span>
  )
}

function Notices({ result }: { result?: Result }) {
  if (!result) return null
  const of = result.stats.total ?? result.stats.totalRows
  const cut = result.stats.truncated === true || (typeof of === 'number' && of > result.rows.length)
  const warnings = (result.diagnostics ?? []).filter((d) => d.severity !== 'error')
  if (!cut && result.notices.length === 0 && warnings.length === 0) return null
  return (
    <div className="stack-s pad">
      {(cut || result.notices.length > 0) && (
        <Banner>
          {cut && result.notices.length === 0 && `Not everything is shown: ${integer(result.rows.length)} rows${typeof of === 'number' ? ` of ${integer(of)}` : ''}. Summarize or narrow the query to see all.`}
          {result.notices.map((n, i) => (
            <div key={i}>{n}</div>
          ))}
        </Banner>
      )}
      {warnings.map((d, i) => (
        <Banner info key={i}>
          {d.line ? `${d.line}:${d.column} ` : ''}
          {d.message} {d.hint}
        </Banner>
      ))}
    </div>
  )
}

function Splitter({ value, onChange }: { value: number; onChange: (v: number) => void }) {
  return (
    <div
      className="splitter"
      role="separator"
      aria-orientation="horizontal"
      aria-label="Height of the editor"
      aria-valuenow={value}
      aria-valuemin={80}
      aria-valuemax={640}
      tabIndex={0}
      onKeyDown={(e) => {
        const d = e.key === 'ArrowDown' ? 24 : e.key === 'ArrowUp' ? -24 : 0
        if (d) {
          e.preventDefault()
          onChange(Math.max(80, Math.min(640, value + d)))
        }
      }}
      onPointerDown={(e) => {
        const y = e.clientY
        const el = e.currentTarget
        el.setPointerCapture(e.pointerId)
        const move = (m: PointerEvent) => onChange(Math.max(80, Math.min(640, value + m.clientY - y)))
        el.addEventListener('pointermove', move)
        el.addEventListener('pointerup', () => el.removeEventListener('pointermove', move), { once: true })
      }}
    />
  )
}

function useNarrow(): boolean {
  const m = useMemo(() => matchMedia('(max-width: 760px)'), [])
  const [v, setV] = useState(m.matches)
  useEffect(() => {
    const f = () => setV(m.matches)
    m.addEventListener('change', f)
    return () => m.removeEventListener('change', f)
  }, [m])
  return v
}

