// A person's access in one order: sign-ins, changes, risk and cluster requests.
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { BarList } from '../charts/bars'
import { TimeChart } from '../charts/time'
import type { TimeData } from '../charts/data'
import { query, type Result } from '../lib/api'
import { useScope } from '../lib/context'
import { country, integer, text } from '../lib/format'
import { quote } from '../lib/kql'
import { useIncidents } from '../lib/live'
import { entityName } from './incidents/graph'
import { rangeLabel } from '../lib/time'
import { go, href, Link, queryHref, set, useLoc } from '../lib/url'
import { TableView } from './board'
import { Icon } from '../ui/icons'
import { Banner, Button, Empty, Panel, ProblemBox, Severity, Skeleton, Tag, Time } from '../ui/parts'

export default function Person() {
  const { path } = useLoc()
  return path[1] ? <OnePerson name={path[1]} /> : <Choose />
}

function Choose() {
  const scope = useScope()
  const [name, setName] = useState('')
  const ask = `union isfuzzy=true SigninLogs, AADNonInteractiveUserSignInLogs\n| summarize SignIns = count(), Failures = countif(ResultType != "0"), Places = dcount(Location), Addresses = dcount(IPAddress), Newest = max(TimeGenerated) by UserPrincipalName\n| order by Failures desc\n| take 200`
  const q = useQuery({ queryKey: ['people', scope.from, scope.to, scope.tenant], queryFn: ({ signal }) => query({ query: ask, from: scope.from, to: scope.to, tenant: scope.tenant }, signal) })
  const find = name.toLowerCase()
  const shown = q.data && { ...q.data, rows: q.data.rows.filter((r) => !find || text(r[0]).toLowerCase().includes(find)) }
  return (
    <div className="page">
      <div className="head">
        <h1>People</h1>
        <p>Who was active: {rangeLabel(scope.range)}</p>
      </div>
      <form className="row" onSubmit={(e) => { e.preventDefault(); if (name.trim()) go(href('/person/' + encodeURIComponent(shown?.rows.length === 1 ? text(shown.rows[0]![0]) : name.trim()))) }}>
        <input className="field" style={{ maxWidth: 420 }} autoFocus value={name} onChange={(e) => setName(e.target.value)} placeholder="ada@example.com" aria-label="User principal name" />
        <Button type="submit" kind="primary">Timeline</Button>
      </form>
      <Panel title="Most failures first" flush actions={<Link className="button plain icon" aria-label="Open the query" href={queryHref(ask)}><Icon name="external" size={14} /></Link>}>
        {q.error && !q.data ? <div className="pad"><ProblemBox error={q.error} /></div> : !shown ? <Skeleton lines={8} /> : shown.rows.length === 0 ? <Empty title="Nobody in this time">Choose a longer time range above.</Empty> : <TableView result={shown} title="People" onPick={(i) => go(href('/person/' + encodeURIComponent(text(shown.rows[i]![0]))))} />}
      </Panel>
    </div>
  )
}

interface Entry {
  at: string
  kind: string
  action: string
  target: string
  result: string
  ip: string
  country: string
  client: string
  confidence: string
  gap: string
  table: string
  correlation: string
}

function entries(r: Result): Entry[] {
  const i = Object.fromEntries(r.columns.map((c, n) => [c.name, n]))
  const s = (row: unknown[], n: string) => (i[n] === undefined ? '' : text(row[i[n]!]))
  return r.rows.map((row) => ({ at: s(row, 'TimeGenerated'), kind: s(row, 'Kind'), action: s(row, 'Action'), target: s(row, 'Target'), result: s(row, 'Result'), ip: s(row, 'IPAddress'), country: s(row, 'Country'), client: s(row, 'Client'), confidence: s(row, 'Confidence'), gap: s(row, 'Gap'), table: s(row, 'Table'), correlation: s(row, 'CorrelationId') }))
}

/** counted ranks values. */
function counted(list: string[]) {
  const m = new Map<string, number>()
  for (const v of list) if (v) m.set(v, (m.get(v) ?? 0) + 1)
  const bars = [...m].sort((a, b) => b[1] - a[1]).map(([label, n], row) => ({ label, values: [n], row }))
  return { bars, names: ['Events'], total: list.length }
}

/** device is what a user agent means, in short. */
export function device(ua: string): string {
  if (!ua) return ''
  const os = /Windows/.test(ua) ? 'Windows' : /iPhone|iPad/.test(ua) ? 'iOS' : /Android/.test(ua) ? 'Android' : /Mac OS X/.test(ua) ? 'macOS' : /Linux/.test(ua) ? 'Linux' : ''
  const app = /Edg\//.test(ua) ? 'Edge' : /Firefox\//.test(ua) ? 'Firefox' : /Chrome\//.test(ua) ? 'Chrome' : /Safari\//.test(ua) ? 'Safari' : (/^([\w.-]+)/.exec(ua)?.[1] ?? '')
  return [app, os].filter(Boolean).join(' on ')
}

const kindIcon = (k: string) => (/sign-in/.test(k) ? 'person' : /risk/.test(k) ? 'incidents' : /kube|cluster|request/i.test(k) ? 'tree' : /change|audit|role|group/i.test(k) ? 'settings' : 'clock') as 'person'

function OnePerson({ name }: { name: string }) {
  const scope = useScope()
  const { search } = useLoc()
  const kind = search.get('kind') ?? ''
  const [most, setMost] = useState(200)
  const ask = `AccessTimeline(${quote(name)})\n| where TimeGenerated between (datetime(${scope.from}) .. datetime(${scope.to}))\n| order by TimeGenerated desc`
  const q = useQuery({ queryKey: ['timeline', name, scope.from, scope.to, scope.tenant], queryFn: ({ signal }) => query({ query: ask, from: scope.from, to: scope.to, tenant: scope.tenant, maxRows: 20_000 }, signal) })
  const incidents = useIncidents(true)
  const all = useMemo(() => (q.data ? entries(q.data) : []), [q.data])
  const kinds = counted(all.map((e) => e.kind)).bars
  const shown = kind ? all.filter((e) => e.kind === kind) : all
  const mine = (incidents.data ?? []).filter((i) => i.entities?.some((e) => entityName(e).toLowerCase() === name.toLowerCase()))
  const chart = useMemo((): TimeData => {
    const span = Date.parse(scope.to) - Date.parse(scope.from)
    const step = [300e3, 900e3, 3600e3, 3 * 3600e3, 12 * 3600e3, 86400e3].find((s) => span / s <= 80) ?? 7 * 86400e3
    const names = ['Success', 'Failure', 'Other']
    const at = new Map<number, number[]>()
    for (const e of all) {
      const b = Math.floor(Date.parse(e.at) / step) * step
      const v = at.get(b) ?? [0, 0, 0]
      v[e.result === 'success' ? 0 : /fail|error|denied|interrupt/i.test(e.result) ? 1 : 2]!++
      at.set(b, v)
    }
    const times = [...at.keys()].sort((a, b) => a - b)
    return { times, step, series: names.map((n, i) => ({ name: n, values: times.map((t) => at.get(t)![i]!) })).filter((s) => s.values.some(Boolean)) }
  }, [all, scope.from, scope.to])
  const failures = all.filter((e) => /fail|error|denied/i.test(e.result)).length
  let day = ''
  return (
    <div className="page">
      <div className="head">
        <h1>{name}</h1>
        <p>{rangeLabel(scope.range)}</p>
        <span className="grow" />
        <Link className="button" href={queryHref(ask)}>
          <Icon name="query" /> Open in Query
        </Link>
      </div>
      {q.error && !q.data ? <ProblemBox error={q.error} retry={() => void q.refetch()} /> : null}
      {q.data?.notices.map((n) => <Banner key={n}>{n}</Banner>)}
      {!q.data && !q.error && <Skeleton lines={10} />}
      {q.data && all.length === 0 && (
        <Panel label="No events">
          <Empty title="Nothing of this person in this time" icon="person" action={<Button onClick={() => set({ range: '30d', from: undefined, to: undefined })}>Last 30 days</Button>}>
            Is the name the user principal name, as in SigninLogs?
          </Empty>
        </Panel>
      )}
      {all.length > 0 && (
        <>
          <Panel title={`${integer(all.length)} events, ${integer(failures)} failed`}>
            <TimeChart data={chart} kind="column" title="Events over time" height={130} from={Date.parse(scope.from)} to={Date.parse(scope.to)} onBrush={(a, b) => set({ range: undefined, from: new Date(a).toISOString(), to: new Date(b).toISOString() }, false)} />
          </Panel>
          <div className="person-cols">
            <Panel title="Timeline" flush>
              <div className="row wrap pad" role="group" aria-label="Kinds of events">
                <Button on={!kind} aria-pressed={!kind} onClick={() => set({ kind: undefined })}>All</Button>
                {kinds.map((k) => (
                  <Button key={k.label} on={kind === k.label} aria-pressed={kind === k.label} onClick={() => set({ kind: k.label })}>
                    {k.label} {integer(k.values[0]!)}
                  </Button>
                ))}
              </div>
              <ol className="timeline">
                {shown.slice(0, most).map((e, n) => {
                  const d = e.at.slice(0, 10)
                  const head = d !== day
                  day = d
                  const bad = /fail|error|denied/i.test(e.result)
                  return (
                    <li key={n}>
                      {head && <h3 className="timeline-day">{d}</h3>}
                      {e.gap && (
                        <p className="timeline-gap">
                          <Icon name="alert" size={12} /> {e.gap}
                        </p>
                      )}
                      <div className="timeline-line">
                        <span className="mono muted">{e.at.slice(11, 19)}</span>
                        <span className={bad ? 'timeline-dot bad' : 'timeline-dot'}>
                          <Icon name={kindIcon(e.kind)} size={13} />
                        </span>
                        <span className="grow stack-s" style={{ gap: 0 }}>
                          <span className="row wrap" style={{ gap: 6 }}>
                            <strong>{e.action}</strong>
                            {e.target && e.target !== e.action && <span>→ {e.target}</span>}
                            {bad ? <Tag kind="bad">{e.result}</Tag> : e.result && e.result !== 'success' ? <Tag kind="warn">{e.result}</Tag> : null}
                            {e.confidence && !e.confidence.startsWith('high') && <Tag title="How sure it is that this was the person">{e.confidence}</Tag>}
                          </span>
                          <span className="muted">{[e.kind, e.ip, e.country && country(e.country), device(e.client)].filter(Boolean).join(' · ')}</span>
                        </span>
                        {e.correlation && (
                          <Link className="button plain icon" aria-label="The record" title="The record" href={queryHref(`${e.table || 'SigninLogs'}\n| where CorrelationId == ${quote(e.correlation)}`, { from: new Date(Date.parse(e.at) - 60e3).toISOString(), to: new Date(Date.parse(e.at) + 60e3).toISOString() })}>
                            <Icon name="external" size={13} />
                          </Link>
                        )}
                      </div>
                    </li>
                  )
                })}
              </ol>
              {shown.length > most && (
                <div className="pad">
                  <Button onClick={() => setMost(most + 500)}>Show more of {integer(shown.length)}</Button>
                </div>
              )}
            </Panel>
            <div className="stack">
              <Panel title="Incidents" flush>
                {mine.length === 0 ? (
                  <p className="pad muted">None names this person.</p>
                ) : (
                  <ul className="lines">
                    {mine.map((i) => (
                      <li key={i.id}>
                        <Link className="line" href={href('/incidents/' + i.number)}>
                          <Severity value={i.severity} short />
                          <span className="cut grow">{i.title}</span>
                          <Time at={i.last} form="ago" />
                        </Link>
                      </li>
                    ))}
                  </ul>
                )}
              </Panel>
              <Panel title="Places">
                <BarList data={counted(all.map((e) => (e.country ? country(e.country) : '')))} />
              </Panel>
              <Panel title="Addresses">
                <BarList data={counted(all.map((e) => e.ip))} most={10} />
              </Panel>
              <Panel title="Devices">
                <BarList data={counted(all.map((e) => device(e.client)))} />
              </Panel>
              <Panel title="Applications">
                <BarList data={counted(all.filter((e) => /sign-in/.test(e.kind)).map((e) => e.action))} most={10} />
              </Panel>
            </div>
          </div>
        </>
      )}
    </div>
  )
}
