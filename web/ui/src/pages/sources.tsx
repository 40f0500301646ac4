import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { get, items, send } from '../lib/api'
import { useMay, useScope } from '../lib/context'
import { integer, plural } from '../lib/format'
import { duration, rangeLabel } from '../lib/time'
import { Link, queryHref, set, useLoc } from '../lib/url'
import { Button, CopyButton, Empty, failed, Panel, ProblemBox, Skeleton, Tabs, Tag, Time } from '../ui/parts'

interface Source {
  name: string
  kind?: string
  tables?: string[] | null
  state?: string
  lagSeconds?: number
  cursor?: string
  throttled?: boolean | number | string
  lastError?: string
  lastSuccess?: string
  received?: number
}
interface Hour {
  tenant: string
  table: string
  hour: string
  verdict: string
  reason: string
  polled?: number
  received?: number
  unique?: number
  duplicate?: number
  late?: number
  missing?: number | null
  differences?: unknown
}
interface Finding {
  check: string
  severity: string
  title: string
  detail?: string
  fix?: string
}

export default function Sources() {
  const { search } = useLoc()
  const tab = (search.get('part') ?? 'completeness') as 'completeness' | 'sources' | 'doctor'
  const scope = useScope()
  return (
    <div className="page">
      <div className="head">
        <h1>Sources</h1>
        <p>Is everything here? {rangeLabel(scope.range)}</p>
      </div>
      <SourceList />
      <Tabs value={tab === 'sources' ? 'completeness' : tab} onChange={(v) => set({ part: v === 'completeness' ? undefined : v })} label="Parts" options={[['completeness', 'Completeness'], ['doctor', 'Doctor']]} />
      {tab === 'doctor' ? <Doctor /> : <Completeness />}
    </div>
  )
}

function SourceList() {
  const q = useQuery({ queryKey: ['sources'], queryFn: () => items<Source>('/v1/sources'), refetchInterval: 10_000 })
  if (q.error && !q.data) return <ProblemBox error={q.error} retry={() => void q.refetch()} />
  if (!q.data) return <Skeleton lines={4} />
  if (q.data.length === 0) return <Panel label="Sources"><Empty title="Nothing is collected" icon="sources">Name a tenant in wholelog.yaml (<code>wholelog init</code> writes one), or read files with <code>wholelog import</code>.</Empty></Panel>
  return (
    <Panel label="Sources" flush>
      <div className="scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Source</th>
              <th scope="col">State</th>
              <th scope="col" className="num">Behind</th>
              <th scope="col" className="num">Received</th>
              <th scope="col">Last success</th>
              <th scope="col">Tables</th>
              <th scope="col">Last error</th>
            </tr>
          </thead>
          <tbody>
            {q.data.map((s) => (
              <tr key={s.name}>
                <td>
                  <strong>{s.name}</strong>
                  {s.kind && <div className="muted">{s.kind}</div>}
                </td>
                <td>
                  <State s={s} />
                </td>
                <td className="num">{s.lagSeconds !== undefined && s.lagSeconds >= 0 ? duration(s.lagSeconds) : '–'}</td>
                <td className="num">{s.received !== undefined ? integer(s.received) : '–'}</td>
                <td><Time at={s.lastSuccess} form="ago" /></td>
                <td className="muted">{(s.tables ?? []).join(', ')}</td>
                <td style={{ maxWidth: 360, overflowWrap: 'anywhere' }}>{s.lastError}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}

function State({ s }: { s: Source }) {
  const bad = /fail|error|stop/i.test(s.state ?? '')
  return (
    <span className="row wrap">
      <Tag kind={bad ? 'bad' : /run|ok|follow|wait|idle|poll/i.test(s.state ?? '') ? 'good' : 'warn'} icon={bad ? 'alert' : 'check'}>{s.state || 'unknown'}</Tag>
      {Boolean(s.throttled) && <Tag kind="warn" icon="pause">throttled</Tag>}
    </span>
  )
}

/** verdictOf brings the words of the server to the five states of a cell. */
export function verdictOf(v: string): 'proven' | 'single' | 'open' | 'gap' | 'imported' | 'none' {
  const s = v.toLowerCase()
  if (s.startsWith('gap')) return 'gap'
  if (s.startsWith('single')) return 'single'
  return s === 'proven' || s === 'open' || s === 'imported' ? s : 'none'
}

const words = { proven: 'Proven: two paths agree', single: 'Single path, read until stable', open: 'Open: records may still come', gap: 'Gap: known to be missing', imported: 'Imported from files', none: 'Nothing' }

function Completeness() {
  const scope = useScope()
  const [picked, setPicked] = useState<Hour>()
  const p = new URLSearchParams({ from: scope.from, to: scope.to })
  if (scope.tenant) p.set('tenant', scope.tenant)
  const q = useQuery({ queryKey: ['completeness', p.toString()], queryFn: () => get<{ hours: Hour[] | null }>('/v1/completeness?' + p) })
  const grid = useMemo(() => {
    const rows = new Map<string, Map<string, Hour>>()
    for (const h of q.data?.hours ?? []) {
      const key = h.tenant + '\0' + h.table
      const m = rows.get(key) ?? new Map<string, Hour>()
      rows.set(key, m)
      m.set(h.hour.slice(0, 13), h)
    }
    return rows
  }, [q.data])
  const hours = useMemo(() => {
    const out: string[] = []
    const end = Math.ceil(Date.parse(scope.to) / 3600e3) * 3600e3
    for (let t = Math.floor(Date.parse(scope.from) / 3600e3) * 3600e3; t < end && out.length < 24 * 92; t += 3600e3) out.push(new Date(t).toISOString().slice(0, 13))
    return out
  }, [scope.from, scope.to])
  const days = [...new Set(hours.map((h) => h.slice(0, 10)))]
  const all = q.data?.hours ?? []
  const count = (v: string) => all.filter((h) => verdictOf(h.verdict) === v).length
  const tenants = new Set(all.map((h) => h.tenant))
  if (q.error && !q.data) return <ProblemBox error={q.error} retry={() => void q.refetch()} />
  if (!q.data) return <Skeleton height={240} />
  return (
    <>
      <div className="row wrap" style={{ gap: '4px 20px' }} role="group" aria-label="What the cells mean">
        {(Object.keys(words) as (keyof typeof words)[]).filter((k) => k !== 'none').map((k) => (
          <span key={k} className="row">
            <span className={'hour ' + k} /> {words[k]} <strong>{count(k)}</strong>
          </span>
        ))}
      </div>
      <div className="incident-cols">
        <Panel title="Each hour of each table" flush>
          {grid.size === 0 ? (
            <Empty title="No hour in this time has records" icon="clock">Choose a longer time range above.</Empty>
          ) : (
            <div className="scroll hours" tabIndex={0} role="region" aria-label="Completeness by hour">
              {[...grid].sort((a, b) => a[0].localeCompare(b[0])).map(([key, m]) => {
                const [tenant, table] = key.split('\0') as [string, string]
                return (
                  <section key={key} aria-label={table || 'unparsed'}>
                    <h3>
                      {table || 'Unparsed records'} {tenants.size > 1 && <span className="muted">{tenant}</span>}
                    </h3>
                    <HourGrid name={table || 'unparsed records'} days={days} hours={hours} byHour={m} picked={picked} onPick={setPicked} id={key.replace(/\W/g, '-')} />
                  </section>
                )
              })}
            </div>
          )}
        </Panel>
        <Panel title="One hour">
          {picked ? (
            <div className="stack">
              <dl className="facts">
                <dt>Table</dt><dd>{picked.table}</dd>
                <dt>Hour</dt><dd><Time at={picked.hour} form="minute" /></dd>
                <dt>Verdict</dt><dd><span className="row"><span className={'hour ' + verdictOf(picked.verdict)} /> <strong>{picked.verdict}</strong></span></dd>
                <dt>Why</dt><dd>{picked.reason}</dd>
                {(['polled', 'received', 'unique', 'duplicate', 'late', 'missing'] as const).map((k) => (picked[k] === undefined || picked[k] === null ? null : [<dt key={k}>{k[0]!.toUpperCase() + k.slice(1)}</dt>, <dd key={k + 'v'}>{integer(Number(picked[k]))}</dd>]))}
              </dl>
              {picked.table && (
                <Link className="button" href={queryHref(`${picked.table}\n| order by TimeGenerated asc`, { from: new Date(picked.hour).toISOString(), to: new Date(Date.parse(picked.hour) + 3600e3).toISOString() })}>
                  Its rows
                </Link>
              )}
            </div>
          ) : (
            <p className="muted">Choose a cell.</p>
          )}
        </Panel>
      </div>
    </>
  )
}

/** HourGrid is a table of days and their hours; arrow keys move. Cells are small,
 * so the grid takes the focus and the keys, not each cell. */
function HourGrid({ name, days, hours, byHour, picked, onPick, id }: { name: string; days: string[]; hours: string[]; byHour: Map<string, Hour>; picked?: Hour; onPick: (h: Hour) => void; id: string }) {
  const list = hours.filter((h) => byHour.has(h))
  const at = picked ? list.findIndex((h) => byHour.get(h) === picked) : -1
  return (
    <div
      className="hour-days"
      role="grid"
      tabIndex={0}
      aria-label={`Hours of ${name}. Arrow keys choose one.`}
      aria-activedescendant={at >= 0 ? `${id}-${list[at]}` : undefined}
      onKeyDown={(e) => {
        const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 24, ArrowUp: -24 }[e.key]
        if (!step || list.length === 0) return
        e.preventDefault()
        onPick(byHour.get(list[Math.max(0, Math.min(list.length - 1, at < 0 ? 0 : at + step))]!)!)
      }}
    >
      {days.map((d) => (
        <div key={d} className="hour-day" role="row">
          <span className="muted hour-label" role="rowheader">
            {d.slice(5)}
          </span>
          {hours
            .filter((h) => h.startsWith(d))
            .map((h) => {
              const v = byHour.get(h)
              const kind = v ? verdictOf(v.verdict) : 'none'
              return <span key={h} id={`${id}-${h}`} role="gridcell" aria-selected={v !== undefined && picked === v} aria-label={`${h.slice(11)} h: ${v?.verdict ?? 'nothing'}`} className={'hour ' + kind + (v && picked === v ? ' on' : '') + (v ? ' there' : '')} title={v ? `${h.replace('T', ' ')}:00 UTC\n${v.verdict}: ${v.reason}` : undefined} onClick={v ? () => onPick(v) : undefined} />
            })}
        </div>
      ))}
    </div>
  )
}

function Doctor() {
  const may = useMay('admin')
  const qc = useQueryClient()
  const q = useQuery({ queryKey: ['doctor'], queryFn: () => items<Finding>('/v1/doctor') })
  const run = useMutation({ mutationFn: () => send('POST', '/v1/doctor'), onSuccess: () => qc.invalidateQueries({ queryKey: ['doctor'] }), onError: failed })
  return (
    <Panel title="What doctor finds" actions={may && <Button icon="play" disabled={run.isPending} onClick={() => run.mutate()}>{run.isPending ? 'Looking …' : 'Look now'}</Button>}>
      {q.error && !q.data ? (
        <ProblemBox error={q.error} />
      ) : !q.data ? (
        <Skeleton lines={5} />
      ) : q.data.length === 0 ? (
        <Empty title="Doctor has not looked yet, or found nothing" icon="check">It only reads: permissions, licences, diagnostic settings.</Empty>
      ) : (
        <ul className="stack">
          {q.data.map((f, i) => (
            <li key={i} className="finding">
              <div className="row wrap">
                <Tag kind={/error|fail|high|critical|bad/i.test(f.severity) ? 'bad' : /warn|medium/i.test(f.severity) ? 'warn' : 'good'} icon={/ok|info/i.test(f.severity) ? 'check' : 'alert'}>{f.severity}</Tag>
                <strong>{f.title}</strong>
                <span className="muted">{f.check}</span>
              </div>
              {f.detail && <p>{f.detail}</p>}
              {f.fix && (
                <div className="row" style={{ alignItems: 'flex-start' }}>
                  <pre className="code soft grow">{f.fix}</pre>
                  <CopyButton value={f.fix} label="Copy the fix" />
                </div>
              )}
            </li>
          ))}
          <li className="muted">{plural(q.data.length, 'finding')}</li>
        </ul>
      )}
    </Panel>
  )
}
