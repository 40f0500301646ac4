import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { get } from '../../lib/api'
import { text, type Column } from '../../lib/format'
import { href, Link } from '../../lib/url'
import { Icon } from '../../ui/icons'
import { Button, CopyButton, Empty, ProblemBox, Skeleton, Tabs, Tag, Time } from '../../ui/parts'

interface RecordView {
  table: string
  row?: Record<string, unknown>
  enrichment?: Record<string, unknown>
  raw?: string
  versions?: { received?: string; source?: string; position?: string }[]
  proof?: { checkpoint?: string; leaf?: string; index?: number; size?: number; path?: string[]; segment?: unknown; root?: string; entry?: string; entryIndex?: number; logSize?: number; logPath?: string[] } | null
}

/** recordOf says which record a row is, if it is a whole one. */
export function recordOf(columns: Column[], row: unknown[], statement: string): string | null {
  const cell = (n: string) => {
    const i = columns.findIndex((c) => c.name === n)
    return i >= 0 && row[i] ? String(row[i]) : ''
  }
  const table = cell('Type') || cell('$table') || cell('SourceTable') || cell('Table') || (/^\s*(?:\/\/[^\n]*\n\s*)*([A-Za-z_]\w*)\s*(\||$)/.exec(statement)?.[1] ?? '')
  const id = cell('_ItemId') || cell('Id') || cell('RequestId') || cell('AuditId') || cell('SystemAlertId') || cell('IncidentName') || cell('RunId')
  const place = cell('RecordPosition') || cell('_Position')
  if (table && !id && place) return `${encodeURIComponent(table)}/${encodeURIComponent(place)}`
  return table && id ? `${encodeURIComponent(table)}/${encodeURIComponent(id)}` : null
}

export function RowDrawer({ columns, row, statement, onClose, onFilter }: { columns: Column[]; row: unknown[]; statement: string; onClose: () => void; onFilter: (c: Column, v: unknown, not: boolean) => void }) {
  const [tab, setTab] = useState<'pretty' | 'raw' | 'enrichment' | 'proof'>('pretty')
  const [empty, setEmpty] = useState(false)
  const [find, setFind] = useState('')
  const which = recordOf(columns, row, statement)
  const q = useQuery({ queryKey: ['record', which], queryFn: () => get<RecordView>('/v1/records/' + which), enabled: tab !== 'pretty' && which !== null, staleTime: 60_000, placeholderData: undefined, retry: false })
  const f = find.toLowerCase()
  return (
    <aside className="row-drawer" aria-label="One row" onKeyDown={(e) => e.key === 'Escape' && onClose()}>
      <div className="row row-drawer-head">
        <Tabs value={tab} onChange={setTab} label="Parts of the record" options={[['pretty', 'Fields'], ['raw', 'As received'], ['enrichment', 'Added'], ['proof', 'Proof']]} />
        <span className="grow" />
        <CopyButton value={JSON.stringify(Object.fromEntries(columns.map((c, i) => [c.name, row[i]])), null, 2)} label="Copy as JSON" />
        <Button icon="close" kind="plain" aria-label="Close the row" onClick={onClose} />
      </div>
      <div className="row-drawer-body" tabIndex={0} role="region" aria-label="Fields of the row">
        {tab === 'pretty' ? (
          <>
            <div className="row" style={{ marginBottom: 8 }}>
              <input className="field" placeholder="Find a field or value" aria-label="Find a field or value" value={find} onChange={(e) => setFind(e.target.value)} />
              <label className="row muted" style={{ whiteSpace: 'nowrap' }}>
                <input type="checkbox" checked={empty} onChange={(e) => setEmpty(e.target.checked)} /> empty too
              </label>
            </div>
            <dl className="fields">
              {columns.map((c, i) => {
                const v = row[i]
                const none = v === null || v === undefined || v === ''
                if (none && !empty) return null
                if (f && !c.name.toLowerCase().includes(f) && !text(v, c.type).toLowerCase().includes(f)) return null
                return (
                  <div key={c.name} className="field-line">
                    <dt title={c.type}>{c.name}</dt>
                    <dd>
                      <Value v={v} type={c.type} />
                      <span className="field-acts">
                        <button type="button" aria-label={`Filter for this ${c.name}`} title="Filter for" onClick={() => onFilter(c, v, false)}><Icon name="plus" size={12} /></button>
                        <button type="button" aria-label={`Filter out this ${c.name}`} title="Filter out" onClick={() => onFilter(c, v, true)}><Icon name="minus" size={12} /></button>
                      </span>
                    </dd>
                  </div>
                )
              })}
            </dl>
          </>
        ) : which === null ? (
          <Empty title="This row is no record">It was computed. Rows of a table that keep their Id column lead to the record and its proof.</Empty>
        ) : q.error ? (
          <ProblemBox error={q.error} />
        ) : !q.data ? (
          <Skeleton lines={8} />
        ) : tab === 'raw' ? (
          <>
            <div className="row">
              <span className="muted grow">The bytes as they were received</span>
              <CopyButton value={q.data.raw ?? ''} />
            </div>
            <pre className="code soft">{pretty(q.data.raw ?? '')}</pre>
            {(q.data.versions?.length ?? 0) > 0 && (
              <>
                <h3 style={{ margin: '12px 0 4px' }}>Versions</h3>
                <ul className="stack-s">
                  {q.data.versions!.map((v, i) => (
                    <li key={i} className="row wrap">
                      <Time at={v.received} form="milli" /> <Tag>{v.source}</Tag> <code>{v.position}</code>
                    </li>
                  ))}
                </ul>
              </>
            )}
          </>
        ) : tab === 'enrichment' ? (
          Object.keys(q.data.enrichment ?? {}).length ? (
            <dl className="fields">
              {Object.entries(q.data.enrichment!).map(([k, v]) => (
                <div key={k} className="field-line">
                  <dt>{k}</dt>
                  <dd>
                    <Value v={v} type={typeof v === 'object' ? 'dynamic' : 'string'} />
                  </dd>
                </div>
              ))}
            </dl>
          ) : (
            <Empty title="Nothing was added to this record" />
          )
        ) : (
          <ProofView p={q.data.proof} />
        )}
      </div>
    </aside>
  )
}

export function ProofView({ p }: { p?: RecordView['proof'] }) {
  if (!p) return <Empty title="Not sealed yet">A record has a proof when its segment is sealed: after five minutes at most.</Empty>
  return (
    <div className="stack">
      <dl className="facts">
        <dt>Leaf</dt>
        <dd><code>{p.leaf}</code></dd>
        <dt>Place in its tree</dt>
        <dd>{p.index} of {p.size}</dd>
        {p.segment !== undefined && (
          <>
            <dt>Segment</dt>
            <dd><code>{typeof p.segment === 'string' ? p.segment : JSON.stringify(p.segment)}</code></dd>
          </>
        )}
        {p.root && (
          <>
            <dt>Root of the segment</dt>
            <dd><code>{p.root}</code></dd>
          </>
        )}
        {p.logSize !== undefined && (
          <>
            <dt>Entry in the log</dt>
            <dd>{p.entryIndex ?? 0} of {p.logSize}</dd>
          </>
        )}
      </dl>
      {(p.path?.length ?? 0) > 0 && (
        <div>
          <h3>From the record to the segment’s root</h3>
          <ol className="proof">
            {p.path!.map((h, i) => (
              <li key={i}>
                <code>{h}</code>
              </li>
            ))}
          </ol>
        </div>
      )}
      {(p.logPath?.length ?? 0) > 0 && (
        <div>
          <h3>From the segment to the log’s root</h3>
          <ol className="proof">
            {p.logPath!.map((h, i) => (
              <li key={i}>
                <code>{h}</code>
              </li>
            ))}
          </ol>
        </div>
      )}
      {p.checkpoint && (
        <div>
          <div className="row">
            <h3 className="grow">Checkpoint that commits to it</h3>
            <CopyButton value={p.checkpoint} />
          </div>
          <pre className="code soft">{p.checkpoint}</pre>
        </div>
      )}
      <p className="muted">
        Keep the checkpoint elsewhere and check with <code>wholelog verify --against CHECKPOINT</code>.
      </p>
    </div>
  )
}

function Value({ v, type }: { v: unknown; type: string }) {
  if (v === null || v === undefined || v === '') return <span className="muted">(empty)</span>
  if (type === 'datetime') return <Time at={String(v)} form="milli" />
  if (typeof v === 'object') return <pre className="json">{JSON.stringify(v, null, 2)}</pre>
  const s = String(v)
  if (/^[[{]/.test(s)) return <pre className="json">{pretty(s)}</pre>
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(s)) return <Link href={href('/person/' + encodeURIComponent(s))}>{s}</Link>
  return <>{s}</>
}

function pretty(s: string): string {
  try {
    return JSON.stringify(JSON.parse(s), null, 2)
  } catch {
    return s
  }
}
