import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { EntityGraph, entityName } from './graph'
import { useChange } from './page'
import { query, send, type Result } from '../../lib/api'
import { useMay, useSession } from '../../lib/context'
import { quote } from '../../lib/kql'
import type { Incident } from '../../lib/live'
import { href, Link, queryHref } from '../../lib/url'
import { TableView } from '../board'
import { Button, Dialog, Empty, Panel, ProblemBox, Severity, Skeleton, Tag, Time, toast } from '../../ui/parts'

/** evidence is the alerts of an incident, and a wide enough time around them. */
export function evidence(i: Incident): { text: string; from: string; to: string } {
  const ids = i.alerts.slice(0, 100).map(quote).join(', ')
  return {
    text: `SecurityAlert\n| where SystemAlertId in (${ids})\n| summarize arg_max(TimeGenerated, *) by SystemAlertId\n| project StartTime, EndTime, AlertName, AlertSeverity, Description, Entities, ExtendedProperties\n| order by StartTime asc`,
    from: new Date(Date.parse(i.first) - 7 * 86400e3).toISOString(),
    to: new Date(Math.max(Date.parse(i.modified), Date.parse(i.last)) + 2 * 86400e3).toISOString(),
  }
}

export function IncidentView({ i, onClose, onBack }: { i: Incident; onClose: () => void; onBack: () => void }) {
  const may = useMay('triage')
  const me = useSession().user?.name ?? ''
  const change = useChange()
  const [comment, setComment] = useState('')
  const [except, setExcept] = useState(false)
  const ev = evidence(i)
  const rows = useQuery({ queryKey: ['evidence', i.id, i.alerts.length], queryFn: ({ signal }) => query({ query: ev.text, from: ev.from, to: ev.to, maxRows: 200 }, signal), retry: false, placeholderData: undefined })
  const around = { from: new Date(Date.parse(i.first) - 3600e3).toISOString(), to: new Date(Date.parse(i.last) + 3600e3).toISOString() }
  const people = (i.entities ?? []).filter((e) => (e.type ?? e.Type) === 'Account').map(entityName)
  return (
    <div className="incident-body">
      <div className="incident-head">
        <Button className="back" icon="left" kind="plain" aria-label="Back to the queue" onClick={onBack} />
        <div className="grow">
          <div className="row wrap">
            <Severity value={i.severity} />
            <span className="muted">#{i.number}</span>
            <Tag kind={i.status === 'Closed' ? undefined : i.status === 'Active' ? 'info' : 'warn'}>{i.status}</Tag>
            {i.classification && <Tag>{i.classification.replace(/([a-z])([A-Z])/g, '$1 $2')}</Tag>}
            {i.urgent && <Tag kind="bad">Urgent</Tag>}
            {i.late && <Tag title="An alert came of rows that arrived late">Late data</Tag>}
            {i.labels?.map((l) => <Tag key={l}>{l}</Tag>)}
          </div>
          <h2 className="incident-title">{i.title}</h2>
        </div>
        {may && (
          <div className="row">
            {i.status !== 'Closed' && i.owner !== me && <Button onClick={() => change.mutate({ number: i.number, change: { status: 'Active', owner: me } })}>Take it</Button>}
            {i.status === 'Closed' ? <Button onClick={() => change.mutate({ number: i.number, change: { status: 'Active' } })}>Open again</Button> : <Button kind="primary" onClick={onClose}>Close</Button>}
            <Button onClick={() => setExcept(true)}>Except</Button>
          </div>
        )}
      </div>
      <div className="incident-cols">
        <div className="stack">
          <Panel title="What happened">
            <p style={{ marginBottom: 8 }}>{i.description}</p>
            <dl className="facts">
              <dt>Evidence from</dt>
              <dd><Time at={i.first} /> to <Time at={i.last} /> UTC</dd>
              <dt>Raised</dt>
              <dd><Time at={i.created} /></dd>
              <dt>Owner</dt>
              <dd>{i.owner || <span className="muted">nobody</span>}</dd>
              <dt>Rules</dt>
              <dd className="row wrap">{i.rules.map((r) => <Link key={r} href={href('/rules/' + encodeURIComponent(r))}>{r}</Link>)}</dd>
              {(i.techniques?.length ?? 0) > 0 && (
                <>
                  <dt>ATT&amp;CK</dt>
                  <dd className="row wrap">{i.techniques!.map((t) => <Tag key={t}>{t}</Tag>)}</dd>
                </>
              )}
              {i.closing && (
                <>
                  <dt>Closed with</dt>
                  <dd>{i.closing}</dd>
                </>
              )}
            </dl>
          </Panel>
          <Panel title={`Evidence: ${i.alerts.length} ${i.alerts.length === 1 ? 'alert' : 'alerts'}`} flush actions={<Link className="button plain" href={queryHref(ev.text, ev)}>Open in Query</Link>}>
            <div style={{ maxHeight: 420, overflow: 'auto' }}>
              {rows.error ? <div className="pad"><ProblemBox error={rows.error} /></div> : !rows.data ? <Skeleton /> : rows.data.rows.length === 0 ? <Empty title="The alerts are not in the store yet" /> : <Alerts result={rows.data} />}
            </div>
          </Panel>
          {(i.entities?.length ?? 0) > 0 && (
            <Panel title="Who and what">
              <EntityGraph i={i} range={around} />
            </Panel>
          )}
        </div>
        <div className="stack">
          {(i.tasks?.length ?? 0) > 0 && (
            <Panel title="What to do">
              <ol className="tasks">
                {i.tasks!.map((t) => (
                  <li key={t}>{t}</li>
                ))}
              </ol>
            </Panel>
          )}
          {people.length > 0 && (
            <Panel title="People">
              <ul className="stack-s">
                {people.slice(0, 20).map((p) => (
                  <li key={p}>
                    <Link href={href('/person/' + encodeURIComponent(p), { from: around.from, to: around.to })}>{p}</Link>
                  </li>
                ))}
              </ul>
            </Panel>
          )}
          <Panel title="Comments">
            <ul className="comments">
              {(i.comments ?? []).map((c, n) => (
                <li key={n}>
                  <div className="row">
                    <strong>{c.by}</strong>
                    <span className="muted">
                      <Time at={c.at} form="ago" />
                    </span>
                  </div>
                  <p>{c.text}</p>
                </li>
              ))}
              {(i.comments ?? []).length === 0 && <li className="muted">None yet</li>}
            </ul>
            {may && (
              <form
                className="stack"
                style={{ marginTop: 8 }}
                onSubmit={(e) => {
                  e.preventDefault()
                  if (comment.trim()) change.mutate({ number: i.number, change: { comment: comment.trim() } }, { onSuccess: () => setComment('') })
                }}
              >
                <textarea className="area" rows={2} aria-label="Comment" placeholder="What did you find?" value={comment} onChange={(e) => setComment(e.target.value)} />
                <div>
                  <Button type="submit" disabled={!comment.trim() || change.isPending}>
                    Comment
                  </Button>
                </div>
              </form>
            )}
          </Panel>
        </div>
      </div>
      {except && <ExceptDialog i={i} close={() => setExcept(false)} />}
    </div>
  )
}

interface AlertRow {
  at: string
  name: string
  severity: string
  query: string
  from: string
  to: string
  details: Record<string, unknown>
  rows: Record<string, unknown>[]
}

function json<T>(text: unknown, otherwise: T): T {
  if (typeof text !== 'string') return (text as T) ?? otherwise
  try {
    return (JSON.parse(text) as T) ?? otherwise
  } catch {
    return otherwise
  }
}

/** alertRows reads alerts as they stand in SecurityAlert. */
export function alertRows(r: Result): AlertRow[] {
  const i = Object.fromEntries(r.columns.map((c, n) => [c.name, n]))
  return r.rows.map((row) => {
    const x = json<Record<string, string>>(row[i.ExtendedProperties!], {})
    return {
      at: String(row[i.StartTime!] ?? ''),
      name: String(row[i.AlertName!] ?? ''),
      severity: String(row[i.AlertSeverity!] ?? ''),
      query: x.Query ?? '',
      from: x['Query Start Time UTC'] ?? '',
      to: x['Query End Time UTC'] ?? '',
      details: json<Record<string, unknown>>(x['Custom Details'], {}),
      rows: json<Record<string, unknown>[]>(x.Evidence, []),
    }
  })
}

/** evidenceTable makes rows of objects a table with typed columns. */
export function evidenceTable(rows: Record<string, unknown>[]): Result {
  const names = [...new Set(rows.flatMap((r) => Object.keys(r)))]
  const type = (n: string) => {
    const v = rows.find((r) => r[n] !== null && r[n] !== undefined && r[n] !== '')?.[n]
    return typeof v === 'number' ? 'real' : typeof v === 'object' ? 'dynamic' : typeof v === 'string' && /^\d{4}-\d\d-\d\dT/.test(v) ? 'datetime' : 'string'
  }
  const used = names.filter((n) => rows.some((r) => r[n] !== null && r[n] !== undefined && r[n] !== ''))
  return { columns: used.map((n) => ({ name: n, type: type(n) })), rows: rows.map((r) => used.map((n) => r[n])), stats: {}, notices: [] }
}

function Alerts({ result }: { result: Result }) {
  return (
    <ul>
      {alertRows(result).map((a, n) => (
        <li key={n} className="alert-card">
          <div className="row wrap">
            <Severity value={a.severity} short />
            <strong className="grow">{a.name}</strong>
            <Time at={a.at} />
            {a.query && <Link href={queryHref(a.query, a.from && a.to ? { from: new Date(Math.min(Date.parse(a.from), Date.parse(a.at))).toISOString(), to: new Date(a.to).toISOString() } : undefined)}>Its query</Link>}
          </div>
          {Object.keys(a.details).length > 0 && (
            <dl className="alert-details">
              {Object.entries(a.details).map(([k, v]) => (
                <div key={k}>
                  <dt className="muted">{k}</dt>
                  <dd>{Array.isArray(v) ? v.join(', ') : String(v)}</dd>
                </div>
              ))}
            </dl>
          )}
          {a.rows.length > 0 && (
            <details>
              <summary>{a.rows.length === 1 ? 'The row' : `The ${a.rows.length} rows`}</summary>
              <TableView result={evidenceTable(a.rows)} title={`Evidence of ${a.name}`} />
            </details>
          )}
        </li>
      ))}
    </ul>
  )
}

const columnOf: Record<string, string> = { Account: 'UserPrincipalName', IP: 'IPAddress', CloudApplication: 'AppDisplayName', Host: 'DeviceName' }

function ExceptDialog({ i, close }: { i: Incident; close: () => void }) {
  const qc = useQueryClient()
  const options = (i.entities ?? []).map((e) => ({ column: columnOf[e.type ?? e.Type ?? ''] ?? '', value: entityName(e) })).filter((o) => o.column && o.value)
  const [rule, setRule] = useState(i.rules[0] ?? '')
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set(options.length ? [0] : []))
  const [days, setDays] = useState('30')
  const [reason, setReason] = useState('')
  const [error, setError] = useState<unknown>()
  const run = async () => {
    try {
      const columns = Object.fromEntries([...picked].map((n) => [options[n]!.column, options[n]!.value]))
      await send('POST', '/v1/exceptions', { rule, columns, days: Number(days), reason, incident: i.number })
      await qc.invalidateQueries({ queryKey: ['exceptions'] })
      toast('The exception holds from now on')
      close()
    } catch (e) {
      setError(e)
    }
  }
  return (
    <Dialog title="Make an exception" onClose={close} footer={<><Button onClick={close}>Cancel</Button><Button kind="primary" disabled={!reason.trim() || picked.size === 0} onClick={() => void run()}>Make it</Button></>}>
      <div className="stack">
        {error !== undefined && <ProblemBox error={error} />}
        <label className="labelled">
          Rule
          <select className="select" value={rule} onChange={(e) => setRule(e.target.value)}>
            {i.rules.map((r) => (
              <option key={r}>{r}</option>
            ))}
          </select>
        </label>
        <fieldset className="stack-s plainset">
          <legend>No alert where</legend>
          {options.slice(0, 30).map((o, n) => (
            <label key={n} className="row">
              <input type="checkbox" checked={picked.has(n)} onChange={() => { const s = new Set(picked); if (!s.delete(n)) s.add(n); setPicked(s) }} />
              {o.column} = <code>{o.value}</code>
            </label>
          ))}
          {options.length === 0 && <span className="muted">This incident names nothing that could be excepted.</span>}
        </fieldset>
        <label className="labelled">
          Days that it holds
          <input className="field" inputMode="numeric" value={days} onChange={(e) => setDays(e.target.value)} />
        </label>
        <label className="labelled">
          Why
          <input className="field" value={reason} onChange={(e) => setReason(e.target.value)} placeholder="Our scanner" />
        </label>
      </div>
    </Dialog>
  )
}
