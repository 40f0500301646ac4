import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { BacktestView } from './backtest'
import { get, items, send } from '../lib/api'
import { useMay } from '../lib/context'
import { plural } from '../lib/format'
import { ago } from '../lib/time'
import { go, href, Link, queryHref, set, useLoc } from '../lib/url'
import { Button, CopyButton, Empty, failed, Panel, ProblemBox, Severity, Skeleton, Tabs, Tag, Time, toast } from '../ui/parts'

interface RuleLine {
  id: string
  title: string
  severity: string
  enabled: boolean
  health: 'ok' | 'blind' | 'failing' | 'off' | string
  healthReason?: string
  lastRun?: string
  hits24h?: number
  hits7d?: number
  techniques?: { id: string; name: string }[] | null
  tables?: string[] | null
}
interface RuleFull extends RuleLine {
  yaml: string
  kql: string
  description?: string
  falsePositives?: string[] | null
  knobs?: { name: string; default: unknown; value: unknown; description?: string }[] | null
  tests?: { name: string; alerts?: unknown[] | number }[] | string[] | null
  runs?: { time?: string; start?: string; from?: string; to?: string; rows?: number; alerts?: number; seconds?: number; error?: string }[] | null
  own?: boolean
}

const healths: Record<string, { text: string; kind: 'good' | 'bad' | 'warn' | undefined; icon: 'check' | 'alert' | 'close' }> = {
  ok: { text: 'Runs', kind: 'good', icon: 'check' },
  blind: { text: 'Blind: its tables have no rows', kind: 'warn', icon: 'alert' },
  failing: { text: 'Failing', kind: 'bad', icon: 'alert' },
  off: { text: 'Off', kind: undefined, icon: 'close' },
}

function Health({ value, reason }: { value: string; reason?: string }) {
  const h = healths[value] ?? { text: value, kind: undefined, icon: 'alert' as const }
  return (
    <Tag kind={h.kind} icon={h.icon} title={reason || h.text}>
      {h.text.split(':')[0]}
    </Tag>
  )
}

export default function Rules() {
  const { path } = useLoc()
  return path[1] ? <OneRule id={path[1]} /> : <RuleList />
}

const rank: Record<string, number> = { critical: 5, high: 4, medium: 3, low: 2, informational: 1 }

function RuleList() {
  const { search } = useLoc()
  const q = useQuery({ queryKey: ['rules'], queryFn: () => items<RuleLine>('/v1/rules'), refetchInterval: 60_000 })
  const find = (search.get('find') ?? '').toLowerCase()
  const health = search.get('health') ?? ''
  const by = search.get('by') ?? 'hits'
  const all = q.data ?? []
  const list = all
    .filter((r) => (!health || r.health === health) && (!find || `${r.id} ${r.title} ${(r.tables ?? []).join(' ')} ${(r.techniques ?? []).map((t) => t.id + ' ' + t.name).join(' ')}`.toLowerCase().includes(find)))
    .sort((a, b) => (by === 'severity' ? (rank[b.severity.toLowerCase()] ?? 0) - (rank[a.severity.toLowerCase()] ?? 0) : by === 'name' ? a.title.localeCompare(b.title) : (b.hits7d ?? 0) - (a.hits7d ?? 0)) || a.id.localeCompare(b.id))
  const count = (h: string) => all.filter((r) => r.health === h).length
  return (
    <div className="page">
      <div className="head">
        <h1>Rules</h1>
        <p>{plural(all.length, 'rule')}</p>
      </div>
      <div className="row wrap">
        <input className="field" style={{ maxWidth: 320 }} placeholder="A title, table, technique …" aria-label="Find a rule" value={search.get('find') ?? ''} onChange={(e) => set({ find: e.target.value })} />
        {['', 'ok', 'blind', 'failing', 'off'].map((h) => (
          <Button key={h} on={health === h} aria-pressed={health === h} onClick={() => set({ health: h })}>
            {h ? healths[h]!.text.split(':')[0] : 'All'} {h ? count(h) : all.length}
          </Button>
        ))}
        <span className="grow" />
        <label className="row">
          <span className="muted">By</span>
          <select className="select" value={by} onChange={(e) => set({ by: e.target.value === 'hits' ? undefined : e.target.value })}>
            <option value="hits">hits</option>
            <option value="severity">severity</option>
            <option value="name">name</option>
          </select>
        </label>
      </div>
      <Panel label="Rules" flush>
        {q.error && !q.data ? (
          <div className="pad">
            <ProblemBox error={q.error} retry={() => void q.refetch()} />
          </div>
        ) : !q.data ? (
          <Skeleton lines={10} />
        ) : list.length === 0 ? (
          <Empty title="No rule fits" icon="rules">Loosen the search.</Empty>
        ) : (
          <div className="scroll">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Severity</th>
                  <th scope="col">Rule</th>
                  <th scope="col">Health</th>
                  <th scope="col" className="num">24 h</th>
                  <th scope="col" className="num">7 days</th>
                  <th scope="col">Last run</th>
                  <th scope="col">ATT&amp;CK</th>
                </tr>
              </thead>
              <tbody>
                {list.map((r) => (
                  <tr key={r.id} className="link" onClick={() => go(href('/rules/' + encodeURIComponent(r.id)))}>
                    <td><Severity value={cap(r.severity)} /></td>
                    <td>
                      <Link href={href('/rules/' + encodeURIComponent(r.id))} onClick={(e) => e.stopPropagation()}>{r.title}</Link>
                      <div className="muted">{r.id} · {(r.tables ?? []).join(', ')}</div>
                    </td>
                    <td><Health value={r.health} reason={r.healthReason} /></td>
                    <td className="num">{r.hits24h ?? 0}</td>
                    <td className="num">{r.hits7d ?? 0}</td>
                    <td><Time at={r.lastRun} form="ago" /></td>
                    <td>
                      <span className="row wrap" style={{ gap: 4 }}>
                        {(r.techniques ?? []).slice(0, 4).map((t) => <Tag key={t.id} title={t.name}>{t.id}</Tag>)}
                      </span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Panel>
    </div>
  )
}

function cap(s: string): string {
  return s.charAt(0).toUpperCase() + s.slice(1)
}

function OneRule({ id }: { id: string }) {
  const { search } = useLoc()
  const may = useMay('rules')
  const qc = useQueryClient()
  const tab = (search.get('part') ?? 'query') as 'query' | 'yaml' | 'tests' | 'runs' | 'backtest'
  const q = useQuery({ queryKey: ['rule', id], queryFn: () => get<RuleFull>('/v1/rules/' + encodeURIComponent(id)), placeholderData: undefined })
  const [yaml, setYaml] = useState<string>()
  const [days, setDays] = useState(7)
  const [run, setRun] = useState(0)
  const [error, setError] = useState<unknown>()
  if (q.error) return <div className="page"><ProblemBox error={q.error} retry={() => void q.refetch()} /></div>
  const r = q.data
  if (!r) return <div className="page"><Skeleton lines={10} /></div>
  const text = yaml ?? r.yaml
  const put = async (body: string) => {
    setError(undefined)
    try {
      await send('PUT', '/v1/rules/' + encodeURIComponent(id), { yaml: body })
      toast('The rule runs as changed')
      setYaml(undefined)
      await qc.invalidateQueries({ queryKey: ['rule', id] })
    } catch (e) {
      setError(e)
    }
  }
  return (
    <div className="page">
      <div className="head">
        <Link className="button plain icon" href={href('/rules')} aria-label="All rules">←</Link>
        <h1>{r.title}</h1>
        <Severity value={cap(r.severity)} />
        <Health value={r.health} reason={r.healthReason} />
        <span className="grow" />
        <Link className="button" href={queryHref(`SecurityAlert\n| where ExtendedProperties has "${id}"\n| summarize arg_max(TimeGenerated, *) by SystemAlertId\n| order by TimeGenerated desc`)}>Its alerts</Link>
      </div>
      {error !== undefined && <ProblemBox error={error} />}
      <div className="incident-cols">
        <Panel label="Rule" flush>
          <div style={{ padding: '4px 8px 0' }}>
            <Tabs value={tab} onChange={(v) => set({ part: v === 'query' ? undefined : v })} label="Parts of the rule" options={[['query', 'Query'], ['yaml', 'Definition'], ['tests', `Tests ${r.tests?.length ?? 0}`], ['runs', 'Runs'], ['backtest', 'Backtest']]} />
          </div>
          <div className="pad">
            {tab === 'query' && (
              <>
                <div className="row">
                  <span className="grow" />
                  <CopyButton value={r.kql} />
                  <Link className="button" href={queryHref(r.kql)}>Open in Query</Link>
                </div>
                <pre className="code" tabIndex={0} style={{ marginTop: 8 }}>{r.kql}</pre>
              </>
            )}
            {tab === 'yaml' && (
              <div className="stack">
                <textarea className="area mono" rows={Math.min(40, text.split('\n').length + 1)} aria-label="Definition of the rule" spellCheck={false} value={text} readOnly={!may} onChange={(e) => setYaml(e.target.value)} />
                {may && (
                  <div className="row">
                    <Button onClick={() => void send('POST', '/v1/rules/check', { yaml: text }).then(() => toast('The rule is understood'), failed)}>Check</Button>
                    <Button kind="primary" disabled={yaml === undefined || yaml === r.yaml} onClick={() => void put(text)}>Save</Button>
                    {yaml !== undefined && <Button kind="plain" onClick={() => setYaml(undefined)}>Undo</Button>}
                  </div>
                )}
              </div>
            )}
            {tab === 'tests' && <Tests tests={r.tests} />}
            {tab === 'runs' && <Runs runs={r.runs} />}
            {tab === 'backtest' && (
              <div className="stack">
                <div className="row">
                  {[1, 7, 30, 90].map((d) => (
                    <Button key={d} on={days === d} aria-pressed={days === d} onClick={() => setDays(d)}>{plural(d, 'day')}</Button>
                  ))}
                  <Button kind="primary" icon="play" onClick={() => setRun(run + 1)}>Run over the past</Button>
                </div>
                {run > 0 ? <BacktestView key={`${run}-${days}`} yaml={text} days={days} /> : <Empty title="What would it have found?" icon="history">A backtest runs the rule over each window of the past and raises nothing.</Empty>}
              </div>
            )}
          </div>
        </Panel>
        <div className="stack">
          <Panel title="What it means">
            <p>{r.description || <span className="muted">No description</span>}</p>
          </Panel>
          <Panel title="State">
            <dl className="facts">
              <dt>Id</dt><dd><code>{r.id}</code></dd>
              <dt>Alerts, 24 h</dt><dd>{r.hits24h ?? 0}</dd>
              <dt>Alerts, 7 days</dt><dd>{r.hits7d ?? 0}</dd>
              <dt>Last run</dt><dd>{r.lastRun ? ago(r.lastRun) : 'never'}</dd>
              <dt>Tables</dt><dd>{(r.tables ?? []).join(', ')}</dd>
            </dl>
          </Panel>
          {(r.techniques?.length ?? 0) > 0 && (
            <Panel title="ATT&CK">
              <ul className="stack-s">{r.techniques!.map((t) => <li key={t.id}><Tag>{t.id}</Tag> {t.name}</li>)}</ul>
            </Panel>
          )}
          {(r.knobs?.length ?? 0) > 0 && (
            <Panel title="Knobs">
              <dl className="stack">
                {r.knobs!.map((k) => (
                  <div key={k.name}>
                    <dt><code>{k.name}</code> = <strong>{show(k.value ?? k.default)}</strong>{k.value !== undefined && k.value !== null && show(k.value) !== show(k.default) && <span className="muted"> (default {show(k.default)})</span>}</dt>
                    <dd className="muted">{k.description}</dd>
                  </div>
                ))}
              </dl>
            </Panel>
          )}
          {(r.falsePositives?.length ?? 0) > 0 && (
            <Panel title="What it may mistake">
              <ul className="stack-s">{r.falsePositives!.map((f) => <li key={f}>{f}</li>)}</ul>
            </Panel>
          )}
        </div>
      </div>
    </div>
  )
}

function show(v: unknown): string {
  return typeof v === 'object' ? JSON.stringify(v) : String(v)
}

function Tests({ tests }: { tests: RuleFull['tests'] }) {
  if (!tests?.length) return <Empty title="This rule has no tests" />
  return (
    <ul className="lines">
      {tests.map((t, i) => {
        const name = typeof t === 'string' ? t : t.name
        const n = typeof t === 'string' ? undefined : Array.isArray(t.alerts) ? t.alerts.length : t.alerts
        return (
          <li key={i}>
            <div className="line">
              <span className="grow">{name}</span>
              {n !== undefined && (n ? <Tag kind="warn">{plural(n, 'alert')}</Tag> : <Tag>no alert</Tag>)}
            </div>
          </li>
        )
      })}
    </ul>
  )
}

function Runs({ runs }: { runs: RuleFull['runs'] }) {
  if (!runs?.length) return <Empty title="It has not run yet">Rules run when rows arrive in their time.</Empty>
  return (
    <div className="scroll">
      <table className="table">
        <thead>
          <tr><th scope="col">When</th><th scope="col">Window</th><th scope="col" className="num">Rows</th><th scope="col" className="num">Alerts</th><th scope="col" className="num">Seconds</th><th scope="col">Error</th></tr>
        </thead>
        <tbody>
          {runs.map((u, i) => (
            <tr key={i}>
              <td><Time at={u.time ?? u.start} /></td>
              <td>{u.from ? <><Time at={u.from} form="minute" /> – <Time at={u.to} form="minute" /></> : ''}</td>
              <td className="num">{u.rows ?? ''}</td>
              <td className="num">{u.alerts ?? ''}</td>
              <td className="num">{u.seconds?.toFixed(2) ?? ''}</td>
              <td>{u.error && <Tag kind="bad">{u.error}</Tag>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
