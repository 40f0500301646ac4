// What a query gave: the grid, a chart, the plan, and one row in depth.
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { BarList, Pie } from '../../charts/bars'
import { barData, options, timeData } from '../../charts/data'
import { Heat } from '../../charts/heat'
import { TimeChart, type TimeKind } from '../../charts/time'
import { Columns } from '../../charts/columns'
import { send, type Result } from '../../lib/api'
import { country, isNumeric, number, short, text } from '../../lib/format'
import { set } from '../../lib/url'
import { CopyButton, Empty, ProblemBox, Skeleton, Tabs } from '../../ui/parts'
import { lazy, Suspense } from 'react'

const WorldMap = lazy(() => import('../../charts/map'))

export type ChartKind = 'timechart' | 'areachart' | 'linechart' | 'columnchart' | 'barchart' | 'piechart' | 'scatterchart' | 'card' | 'heatmap' | 'map' | 'stackedareachart' | 'anomalychart'

/** chartOf chooses a chart where the query does not: null means that rows say more. */
export function chartOf(r: Result): ChartKind | null {
  const asked = String(r.visualization?.kind ?? r.visualization?.visualization ?? '').toLowerCase()
  if (asked && asked !== 'table') return (asked === 'treemap' ? 'barchart' : asked === 'timepivot' ? 'timechart' : asked) as ChartKind
  if (asked === 'table') return null
  if (timeData(r)) return 'timechart'
  const numbers = r.columns.filter((c) => isNumeric(c.type)).length
  if (numbers > 0 && r.columns.length > numbers && r.rows.length <= 1000) return 'barchart'
  return null
}

const kinds: [ChartKind, string][] = [
  ['timechart', 'Line'],
  ['areachart', 'Area'],
  ['columnchart', 'Columns'],
  ['barchart', 'Bars'],
  ['piechart', 'Ring'],
  ['scatterchart', 'Scatter'],
  ['heatmap', 'Heat map'],
  ['map', 'Map'],
  ['card', 'Cards'],
]

export function ChartView({ result, range }: { result: Result; range: { from: string; to: string } }) {
  const [own, setOwn] = useState<ChartKind | ''>('')
  const kind = own || chartOf(result) || 'barchart'
  return (
    <div className="chartview">
      <div className="row">
        <label className="row">
          <span className="muted">Chart</span>
          <select className="select" value={kind} onChange={(e) => setOwn(e.target.value as ChartKind)}>
            {kinds.map(([k, label]) => (
              <option key={k} value={k}>
                {label}
              </option>
            ))}
            {!kinds.some(([k]) => k === kind) && <option value={kind}>{kind}</option>}
          </select>
        </label>
      </div>
      <div className="chartview-body">
        <Chart result={result} kind={kind} range={range} />
      </div>
    </div>
  )
}

function Chart({ result, kind, range }: { result: Result; kind: ChartKind; range: { from: string; to: string } }) {
  const o = options(result.visualization)
  const v = result.visualization ?? {}
  const title = String(v.title ?? 'Result')
  const time = useMemo(() => timeData(result, o, 12), [result])
  const brush = (a: number, b: number) => set({ range: undefined, from: new Date(a).toISOString(), to: new Date(b).toISOString() }, false)
  const timed: Partial<Record<ChartKind, TimeKind>> = { timechart: 'line', linechart: 'line', anomalychart: 'line', areachart: (v.properties as { kind?: string } | undefined)?.kind === 'stacked' ? 'stack' : 'area', stackedareachart: 'stack', columnchart: 'column', barchart: 'column', scatterchart: 'scatter' }
  if (result.rows.length === 0) return <Empty title="No rows to draw">Widen the time range or loosen a condition.</Empty>
  if (time && timed[kind]) return <TimeChart data={time} kind={timed[kind]!} title={title} from={kind === 'columnchart' || kind === 'barchart' ? Date.parse(range.from) : undefined} to={kind === 'columnchart' || kind === 'barchart' ? Date.parse(range.to) : undefined} onBrush={brush} />
  switch (kind) {
    case 'piechart':
      return <Pie data={barData(result, o)} size={240} />
    case 'card':
      return (
        <div className="cards">
          {result.columns.map((c, i) => (
            <div key={c.name} className="cardbox">
              <span className="muted">{c.name}</span>
              <strong>{isNumeric(c.type) ? short(number(result.rows[0]![i])) : text(result.rows[0]![i], c.type)}</strong>
            </div>
          ))}
        </div>
      )
    case 'heatmap':
      return <Heat table={result} title={title} />
    case 'map': {
      const n = result.columns.findIndex((c) => isNumeric(c.type))
      const c = result.columns.findIndex((x, i) => i !== n && x.type === 'string')
      if (n < 0 || c < 0) return <Empty title="A map needs a country and a number">Give two-letter country codes and a count.</Empty>
      return (
        <Suspense fallback={<Skeleton height={240} />}>
          <WorldMap values={new Map(result.rows.map((r) => [text(r[c]), number(r[n]) || 0]))} title={title} what={country('rows')} />
        </Suspense>
      )
    }
    case 'columnchart':
    case 'linechart':
    case 'areachart':
    case 'scatterchart':
      return <Columns data={barData(result, o)} title={title} kind={kind} />
    default:
      return (
        <div className="scroll" tabIndex={0} role="region" aria-label={title}>
          <BarList data={barData(result, o)} most={200} />
        </div>
      )
  }
}

export function PlanView({ statement, range, tenant }: { statement: string; range: { from: string; to: string }; tenant: string }) {
  const [tab, setTab] = useState<'plan' | 'sql'>('plan')
  const q = useQuery({
    queryKey: ['explain', statement, range, tenant],
    queryFn: () => send<{ plan: string; sql: string; pruned?: unknown; before?: string }>('POST', '/v1/query/explain', { query: statement, from: range.from, to: range.to, ...(tenant ? { tenant } : {}) }),
    placeholderData: undefined,
    retry: false,
  })
  if (q.error) return <div className="pad"><ProblemBox error={q.error} /></div>
  if (!q.data) return <Skeleton lines={6} />
  const shown = tab === 'plan' ? q.data.plan : q.data.sql
  const pruned = q.data.pruned
  return (
    <div className="planview">
      <div className="row">
        <Tabs value={tab} onChange={setTab} label="How it runs" options={[['plan', 'Plan'], ['sql', 'SQL']]} />
        <span className="grow" />
        <CopyButton value={shown} />
      </div>
      {Array.isArray(pruned) && pruned.length > 0 && (
        <p className="muted">
          {(pruned as { table?: string; read?: number; of?: number }[]).map((p) => `${p.table}: ${p.read} of ${p.of} files`).join(' · ')}
        </p>
      )}
      <pre className="code grow" tabIndex={0}>
        {shown}
      </pre>
    </div>
  )
}
