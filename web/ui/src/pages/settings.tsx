import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { get, items, query, send } from '../lib/api'
import { useMay, useScope } from '../lib/context'
import { set, useLoc, Link, queryHref } from '../lib/url'
import { TableView } from './board'
import { Button, CopyButton, Dialog, Empty, failed, Panel, ProblemBox, Skeleton, Tabs, Tag, Time, toast } from '../ui/parts'

type Part = 'tokens' | 'people' | 'routes' | 'exceptions' | 'audit' | 'config'

export default function Settings() {
  const { search } = useLoc()
  const admin = useMay('admin')
  const part = (search.get('part') ?? (admin ? 'people' : 'routes')) as Part
  const options: [Part, string][] = admin
    ? [['people', 'People'], ['tokens', 'API tokens'], ['routes', 'Alert routes'], ['exceptions', 'Exceptions'], ['audit', 'Own audit'], ['config', 'Configuration']]
    : [['routes', 'Alert routes'], ['exceptions', 'Exceptions'], ['audit', 'Own audit']]
  return (
    <div className="page">
      <div className="head">
        <h1>Settings</h1>
      </div>
      <Tabs value={part} onChange={(v) => set({ part: v })} label="Settings" options={options} />
      {part === 'tokens' && <Tokens />}
      {part === 'people' && <People />}
      {part === 'routes' && <Routes />}
      {part === 'exceptions' && <Exceptions />}
      {part === 'audit' && <Audit />}
      {part === 'config' && <Config />}
    </div>
  )
}

interface Token {
  id?: string
  name: string
  scopes?: string[] | null
  created?: string
  expires?: string
  lastUsed?: string
}

function useSettled<T>(key: string, path: string) {
  const qc = useQueryClient()
  const q = useQuery({ queryKey: [key], queryFn: () => items<T>(path), retry: false })
  return { q, again: () => void qc.invalidateQueries({ queryKey: [key] }) }
}

function Tokens() {
  const { q, again } = useSettled<Token>('tokens', '/v1/tokens')
  const [open, setOpen] = useState(false)
  const [made, setMade] = useState('')
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<string[]>(['query'])
  const [days, setDays] = useState('90')
  const make = useMutation({
    mutationFn: () => send<{ token?: string; secret?: string }>('POST', '/v1/tokens', { name, scopes, days: Number(days) }),
    onSuccess: (t) => {
      setMade(t.token ?? t.secret ?? '')
      again()
    },
    onError: failed,
  })
  const revoke = useMutation({ mutationFn: (id: string) => send('DELETE', '/v1/tokens/' + encodeURIComponent(id)), onSuccess: again, onError: failed })
  return (
    <Panel title="API tokens" flush actions={<Button icon="plus" onClick={() => { setOpen(true); setMade('') }}>Make one</Button>}>
      <List q={q} empty="No token" hint="Programs ask with Authorization: Bearer." head={['Name', 'Scopes', 'Made', 'Ends', '']}>
        {(t) => [
          <strong key="n">{t.name}</strong>,
          <span key="s" className="row wrap">{(t.scopes ?? []).map((s) => <Tag key={s}>{s}</Tag>)}</span>,
          <Time key="c" at={t.created} form="minute" />,
          <Time key="e" at={t.expires} form="minute" />,
          <Button key="r" kind="danger" onClick={() => revoke.mutate(t.id ?? t.name)}>Revoke</Button>,
        ]}
      </List>
      {open && (
        <Dialog title="Make an API token" onClose={() => setOpen(false)} footer={made ? <Button kind="primary" onClick={() => setOpen(false)}>Done</Button> : <Button kind="primary" disabled={!name.trim() || scopes.length === 0} onClick={() => make.mutate()}>Make it</Button>}>
          {made ? (
            <div className="stack">
              <p>It is shown this once; only its digest is kept.</p>
              <div className="row"><code className="code grow">{made}</code><CopyButton value={made} /></div>
            </div>
          ) : (
            <div className="stack">
              <label className="labelled">Name<input className="field" value={name} autoFocus onChange={(e) => setName(e.target.value)} /></label>
              <fieldset className="row wrap plainset">
                <legend>May</legend>
                {['query', 'export', 'triage', 'ingest', 'metrics', 'admin'].map((s) => (
                  <label key={s} className="row"><input type="checkbox" checked={scopes.includes(s)} onChange={(e) => setScopes(e.target.checked ? [...scopes, s] : scopes.filter((x) => x !== s))} />{s}</label>
                ))}
              </fieldset>
              <label className="labelled">Days<input className="field" inputMode="numeric" value={days} onChange={(e) => setDays(e.target.value)} /></label>
            </div>
          )}
        </Dialog>
      )}
    </Panel>
  )
}

interface PersonLine {
  id?: string
  name?: string
  subject?: string
  group?: string
  role: string
  expires?: string
  source?: string
}

function People() {
  const { q, again } = useSettled<PersonLine>('peoplelist', '/v1/people')
  const [open, setOpen] = useState(false)
  const [f, setF] = useState({ kind: 'name', who: '', role: 'viewer', days: '' })
  const add = useMutation({
    mutationFn: () => send('POST', '/v1/people', { [f.kind]: f.who.trim(), role: f.role, ...(f.days ? { expires: new Date(Date.now() + Number(f.days) * 86400e3).toISOString() } : {}) }),
    onSuccess: () => { setOpen(false); again() },
    onError: failed,
  })
  const remove = useMutation({ mutationFn: (id: string) => send('DELETE', '/v1/people/' + encodeURIComponent(id)), onSuccess: again, onError: failed })
  return (
    <Panel title="People and their roles" flush actions={<Button icon="plus" onClick={() => setOpen(true)}>Add</Button>}>
      <List q={q} empty="Nobody is named yet" hint="The owner of the data folder signs in with a link; others by OIDC and a role given here." head={['Who', 'Role', 'Ends', '']}>
        {(p) => [
          <span key="w"><strong>{p.name || p.subject || p.group}</strong>{p.group && <span className="muted"> group</span>}</span>,
          <Tag key="r" kind="info">{p.role}</Tag>,
          <Time key="e" at={p.expires} form="minute" />,
          p.source === 'configuration' ? <span key="x" className="muted">in wholelog.yaml</span> : <Button key="x" kind="danger" onClick={() => remove.mutate(p.id ?? p.name ?? p.subject ?? '')}>Remove</Button>,
        ]}
      </List>
      {open && (
        <Dialog title="Give a role" onClose={() => setOpen(false)} footer={<Button kind="primary" disabled={!f.who.trim() || (f.role === 'auditor' && !f.days)} onClick={() => add.mutate()}>Give it</Button>}>
          <div className="stack">
            <label className="labelled">By<select className="select" value={f.kind} onChange={(e) => setF({ ...f, kind: e.target.value })}><option value="name">Name</option><option value="subject">OIDC subject</option><option value="group">OIDC group</option></select></label>
            <label className="labelled">Who<input className="field" value={f.who} autoFocus onChange={(e) => setF({ ...f, who: e.target.value })} /></label>
            <label className="labelled">Role<select className="select" value={f.role} onChange={(e) => setF({ ...f, role: e.target.value })}>{['viewer', 'analyst', 'auditor', 'admin'].map((r) => <option key={r}>{r}</option>)}</select></label>
            <label className="labelled">Days{f.role === 'auditor' ? ' (an auditor’s access ends)' : ' (empty: no end)'}<input className="field" inputMode="numeric" value={f.days} onChange={(e) => setF({ ...f, days: e.target.value })} /></label>
          </div>
        </Dialog>
      )}
    </Panel>
  )
}

interface Route {
  receiver?: string
  name?: string
  kind?: string
  channels?: string[] | null
  target?: string
}

function Routes() {
  const may = useMay('admin')
  const { q } = useSettled<Route>('routes', '/v1/routes')
  const test = useMutation({ mutationFn: (n: string) => send<{ ok?: boolean; detail?: string }>('POST', `/v1/routes/${encodeURIComponent(n)}/test`), onSuccess: (r) => toast(r.detail || 'A test message was sent', r.ok === false ? 'bad' : ''), onError: failed })
  return (
    <Panel title="Who is told" flush>
      <List q={q} empty="Nobody is told of incidents" hint="Name a file under alerting in wholelog.yaml: docs/alerting.md shows it." head={['Receiver', 'By', '']}>
        {(r) => [<strong key="n">{r.receiver ?? r.name}</strong>, <span key="c" className="row wrap">{(r.channels ?? [r.kind ?? '']).filter(Boolean).map((c, i) => <Tag key={i}>{c}</Tag>)} {r.target}</span>, may ? <Button key="t" disabled={test.isPending} onClick={() => test.mutate(r.receiver ?? r.name ?? '')}>Send a test</Button> : '']}
      </List>
    </Panel>
  )
}

interface ExceptionLine {
  id: string
  rule: string
  columns: Record<string, string>
  reason: string
  by: string
  until?: string
  expires?: string
  ends?: string
}

function Exceptions() {
  const may = useMay('triage')
  const { q, again } = useSettled<ExceptionLine>('exceptions', '/v1/exceptions')
  const end = useMutation({ mutationFn: (id: string) => send('DELETE', '/v1/exceptions/' + encodeURIComponent(id)), onSuccess: again, onError: failed })
  return (
    <Panel title="Exceptions of rules" flush>
      <List q={q} empty="No exception holds" hint="An incident’s Except button makes one." head={['Rule', 'Where', 'Why', 'By', 'Ends', '']}>
        {(x) => [x.rule, <code key="c">{Object.entries(x.columns ?? {}).map(([k, v]) => `${k} = ${v}`).join(', ')}</code>, x.reason, x.by, <Time key="e" at={x.until ?? x.expires ?? x.ends} form="minute" />, may ? <Button key="d" onClick={() => end.mutate(x.id)}>End it</Button> : '']}
      </List>
    </Panel>
  )
}

function Audit() {
  const scope = useScope()
  const ask = 'WholelogAudit\n| order by TimeGenerated desc\n| take 500'
  const q = useQuery({ queryKey: ['audit', scope.from, scope.to], queryFn: ({ signal }) => query({ query: ask, from: scope.from, to: scope.to }, signal), retry: false })
  return (
    <Panel title="Who did what here" flush actions={<Link className="button plain" href={queryHref(ask)}>Open in Query</Link>}>
      {q.error && !q.data ? <div className="pad"><ProblemBox error={q.error} /></div> : !q.data ? <Skeleton lines={8} /> : q.data.rows.length === 0 ? <Empty title="Nothing in this time" /> : <TableView result={q.data} title="Own audit" />}
    </Panel>
  )
}

function Config() {
  const q = useQuery({ queryKey: ['config'], queryFn: () => get<unknown>('/v1/config'), retry: false })
  return (
    <Panel title="The configuration that holds">
      {q.error && !q.data ? <ProblemBox error={q.error} /> : !q.data ? <Skeleton lines={8} /> : <pre className="code" tabIndex={0}>{typeof q.data === 'string' ? q.data : JSON.stringify((q.data as { config?: unknown }).config ?? q.data, null, 2)}</pre>}
      <p className="muted" style={{ marginTop: 8 }}>Change wholelog.yaml, then <code>wholelog reload</code>.</p>
    </Panel>
  )
}

function List<T>({ q, head, children, empty, hint }: { q: { data?: T[]; error: unknown; refetch: () => unknown }; head: string[]; children: (t: T) => React.ReactNode[]; empty: string; hint: string }) {
  if (q.error && !q.data) return <div className="pad"><ProblemBox error={q.error} retry={() => void q.refetch()} /></div>
  if (!q.data) return <Skeleton lines={5} />
  if (q.data.length === 0) return <Empty title={empty}>{hint}</Empty>
  return (
    <div className="scroll">
      <table className="table">
        <thead>
          <tr>{head.map((h, i) => (h ? <th key={i} scope="col">{h}</th> : <td key={i} />))}</tr>
        </thead>
        <tbody>
          {q.data.map((t, i) => (
            <tr key={i}>{children(t).map((c, j) => <td key={j}>{c}</td>)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
