// One dashboard: panels on a grid of twelve columns, each opening its query.
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { barData, options, timeData } from '../charts/data'
import { BarList, Pie } from '../charts/bars'
import { Heat } from '../charts/heat'
import { Spark } from '../charts/spark'
import { TimeChart } from '../charts/time'
import { get, type Result } from '../lib/api'
import { change, heightOf, tileData, widthOf, type PanelDef } from '../lib/boards'
import { useScope, type Scope } from '../lib/context'
import { isNumeric, number, short, text } from '../lib/format'
import { fill } from '../lib/kql'
import { duration, utc } from '../lib/time'
import { go, href, Link, queryHref, set } from '../lib/url'
import { Icon } from '../ui/icons'
import { Empty, Panel, ProblemBox, Severity, Skeleton, Time } from '../ui/parts'

const WorldMap = lazy(() => import('../charts/map'))

export function BoardGrid({ board, panels }: { board: string; panels: PanelDef[] }) {
  return (
    <div className="board">
      {panels.map((p) => (
        <BoardPanel key={p.id} board={board} panel={p} />
      ))}
    </div>
  )
}

function panelPath(board: string, panel: string, s: Scope): string {
  const q = new URLSearchParams({ from: s.from, to: s.to })
  if (s.tenant) q.set('tenant', s.tenant)
  return `/v1/dashboards/${encodeURIComponent(board)}/panels/${encodeURIComponent(panel)}?${q}`
}

export function usePanel(board: string, panel: string) {
  const scope = useScope()
  const path = panelPath(board, panel, scope)
  return useQuery({ queryKey: ['panel', path], queryFn: ({ signal }) => get<Result>(path, signal), staleTime: 10_000 })
}

export function BoardPanel({ board, panel }: { board: string; panel: PanelDef }) {
  const q = usePanel(board, panel.id)
  const scope = useScope()
  const r = q.data
  const open = r?.query || panel.kql || ''
  const style = { '--w': widthOf(panel), '--h': `${heightOf(panel)}px` } as React.CSSProperties
  const fixed = { from: scope.from, to: scope.to }
  if (panel.kind === 'tile') {
    return (
      <div className="cell tile-cell" style={style}>
        <Tile panel={panel} result={r} error={q.error} open={open} range={fixed} />
      </div>
    )
  }
  return (
    <div className="cell" style={style}>
      <Panel
        title={panel.title}
        flush={panel.kind === 'table'}
        actions={
          open ? (
            <Link className="button plain icon noprint" href={queryHref(open, fixed)} aria-label={`Open the query of ${panel.title}`} title="Open the query">
              <Icon name="external" size={14} />
            </Link>
          ) : undefined
        }
      >
        {q.error && !r ? <ProblemBox error={q.error} retry={() => void q.refetch()} /> : !r ? <Skeleton height="100%" /> : <Drawn panel={panel} result={r} open={open} range={fixed} />}
      </Panel>
      {r && r.notices?.length > 0 && (
        <p className="panel-note">
          <Icon name="alert" size={12} /> {r.notices.join(' ')}
        </p>
      )}
    </div>
  )
}

function Tile({ panel, result, error, open, range }: { panel: PanelDef; result?: Result; error: unknown; open: string; range: { from: string; to: string } }) {
  const d = result ? tileData(result) : undefined
  const c = d ? change(d.value, d.previous, panel.unit) : null
  const good = c && c.up !== null && panel.good ? (panel.good === 'up') === c.up : null
  const value = d ? (d.value === null ? (d.text ? '' : '–') : shownValue(d.value, panel.unit)) : ''
  return (
    <Link className="tile" href={queryHref(open, range)} title={panel.description ?? 'Open the query'}>
      <span className="tile-title">{panel.title}</span>
      {error !== null && !result ? (
        <span className="tile-error">{error instanceof Error ? error.message : 'failed'}</span>
      ) : !d ? (
        <Skeleton height={32} />
      ) : (
        <>
          <span className="tile-value">{value || d.text}</span>
          <span className="tile-foot">
            {c ? (
              <span className={good === null ? 'muted' : good ? 'delta good' : 'delta bad'} title="against the span before">
                {c.up === null ? '' : c.up ? '▲ ' : '▼ '}
                {c.text}
              </span>
            ) : (
              <span className="muted">{value ? d.text : ''}</span>
            )}
          </span>
          {d.series.length > 1 && <Spark values={d.series} label={`${panel.title} over time`} height={30} />}
        </>
      )}
    </Link>
  )
}

export function shownValue(n: number, unit?: string): string {
  if (unit === '%') return `${n >= 99.95 || n === 0 ? n.toFixed(0) : n.toFixed(1)}%`
  if (unit === 's') return duration(n)
  if (unit === 'ms') return duration(n / 1000)
  return short(n)
}

export function Drawn({ panel, result, open, range }: { panel: PanelDef; result: Result; open: string; range: { from: string; to: string } }) {
  const pick = (row: number) => go(queryHref(drillOf(panel, result, row, open), range))
  const none = (
    <Empty title="Nothing in this time">
      <span>Choose a longer time range, or open the query.</span>
    </Empty>
  )
  const o = options(result.visualization)
  if (result.rows.length === 0) return none
  switch (panel.kind) {
    case 'timechart': {
      const data = timeData(result, o)
      if (!data) return <TableView result={result} onPick={pick} title={panel.title} />
      return (
        <TimeChart
          data={data}
          kind={data.series.length > 1 ? 'column' : 'column'}
          title={panel.title}
          from={Date.parse(range.from)}
          to={Date.parse(range.to)}
          unit={panel.unit}
          onBrush={(a, b) => set({ range: undefined, from: new Date(a).toISOString(), to: new Date(b).toISOString() }, false)}
          onPick={(a, b) => {
            const span = { start: { value: new Date(a).toISOString(), type: 'datetime' }, end: { value: new Date(b).toISOString(), type: 'datetime' } }
            go(queryHref(panel.drill ? fill(panel.drill, span) : open, { from: new Date(a).toISOString(), to: new Date(b).toISOString() }))
          }}
        />
      )
    }
    case 'barchart':
      return <BarList data={barData(result, o)} onPick={pick} unit={panel.unit} most={Math.max(5, Math.floor((heightOf(panel) - 64) / 27))} />
    case 'piechart':
      return <Pie data={barData(result, o)} onPick={pick} />
    case 'heatmap':
      return <Heat table={result} title={panel.title} onPick={pick} />
    case 'map': {
      const v = result.columns.findIndex((c) => isNumeric(c.type))
      const c = result.columns.findIndex((c, i) => i !== v && c.type === 'string')
      const values = new Map(result.rows.map((r) => [text(r[c]), number(r[v]) || 0]))
      return (
        <Suspense fallback={<Skeleton height="100%" />}>
          <WorldMap values={values} title={panel.title} what="sign-ins failed" onPick={(code) => pick(result.rows.findIndex((r) => text(r[c]) === code))} />
        </Suspense>
      )
    }
    default:
      return <TableView result={result} onPick={pick} title={panel.title} />
  }
}

function drillOf(panel: PanelDef, r: Result, row: number, open: string): string {
  const cells = r.rows[row]
  if (!panel.drill || !cells) return open
  return fill(panel.drill, Object.fromEntries(r.columns.map((c, i) => [c.name, { value: cells[i], type: c.type }])))
}

/** TableView is a short table; long ones belong in Query. */
export function TableView({ result, onPick, title, most = 50 }: { result: Result; onPick?: (row: number) => void; title: string; most?: number }) {
  const [all, setAll] = useState(false)
  const rows = all ? result.rows : result.rows.slice(0, most)
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={title}>
      <table className="table">
        <thead>
          <tr>
            {result.columns.map((c) => (
              <th key={c.name} className={isNumeric(c.type) ? 'num' : ''} scope="col">
                {heading(c.name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((r, i) => (
            <tr key={i} className={onPick ? 'link' : ''} onClick={onPick ? () => onPick(i) : undefined}>
              {result.columns.map((c, j) => (
                <td key={j} className={isNumeric(c.type) ? 'num' : 'cut'}>
                  <CellView value={r[j]} type={c.type} name={c.name} link={j === 0 && onPick ? () => onPick(i) : undefined} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {result.rows.length > rows.length && (
        <button type="button" className="item" onClick={() => setAll(true)}>
          Show all {result.rows.length}
        </button>
      )}
    </div>
  )
}

/** heading puts spaces into a column's name. */
export function heading(n: string): string {
  return n.replace(/_/g, ' ').replace(/([a-z0-9])([A-Z])/g, '$1 $2').trim()
}

export function CellView({ value, type, name, link }: { value: unknown; type: string; name: string; link?: () => void }) {
  let inner: React.ReactNode = text(value, type)
  if (type === 'datetime' && value) inner = <Time at={String(value)} />
  else if (isNumeric(type) && value !== null && value !== undefined) inner = Number.isInteger(number(value)) ? number(value).toLocaleString('en-US') : short(number(value))
  else if (/severity/i.test(name) && /^(high|medium|low|informational)$/i.test(String(value))) inner = <Severity value={String(value)} />
  else if (/^(userprincipalname|user|actor|account|initiatedby|target)$/i.test(name) && /^[^\s@]+@[^\s@]+$/.test(String(value)))
    inner = (
      <Link href={href('/person/' + encodeURIComponent(String(value)))} onClick={(e) => e.stopPropagation()}>
        {String(value)}
      </Link>
    )
  else if (link)
    inner = (
      <button type="button" className="textlink" onClick={(e) => { e.stopPropagation(); link() }}>
        {inner || '(empty)'}
      </button>
    )
  return <>{inner}</>
}

export function fixedRange(s: Scope): string {
  return `${utc(s.range.from)} – ${utc(s.range.to)} UTC`
}
