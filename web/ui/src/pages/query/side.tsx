import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { items } from '../../lib/api'
import { useStored } from '../../lib/store'
import { Icon } from '../../ui/icons'
import { Empty, ProblemBox, Skeleton, Tabs, Time } from '../../ui/parts'
import type { Schema } from '../../worker/protocol'

export interface Saved {
  name: string
  title: string
  description?: string
  category?: string
  query: string
  own?: boolean
}
interface Past {
  query: string
  at?: string
  time?: string
  rows?: number
  reason?: string
}

interface Props {
  schema?: Schema
  onInsert: (text: string) => void
  onOpen: (text: string) => void
}

/** Side lists tables, saved queries and history. */
export function Side({ schema, onInsert, onOpen }: Props) {
  const [tab, setTab] = useStored<'tables' | 'saved' | 'history'>('sidetab', 'tables')
  const [find, setFind] = useState('')
  return (
    <aside className="query-side" aria-label="Tables, saved queries and history">
      <Tabs value={tab} onChange={setTab} label="What to show" options={[['tables', 'Tables'], ['saved', 'Saved'], ['history', 'History']]} />
      <input className="field" value={find} onChange={(e) => setFind(e.target.value)} placeholder="Find" aria-label="Find in this list" />
      <div className="scroll grow">
        {tab === 'tables' && <Tables schema={schema} find={find.toLowerCase()} onInsert={onInsert} onOpen={onOpen} />}
        {tab === 'saved' && <SavedList find={find.toLowerCase()} onOpen={onOpen} />}
        {tab === 'history' && <HistoryList find={find.toLowerCase()} onOpen={onOpen} />}
      </div>
    </aside>
  )
}

function Tables({ schema, find, onInsert, onOpen }: Props & { find: string }) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  if (!schema) return <Skeleton lines={8} />
  const tables = (schema.tables ?? []).filter((t) => !find || t.name.toLowerCase().includes(find) || t.columns.some((c) => c.name.toLowerCase().includes(find)))
  const functions = (schema.functions ?? []).filter((f) => f.body).filter((f) => !find || f.name.toLowerCase().includes(find))
  const toggle = (n: string) => {
    const s = new Set(open)
    if (!s.delete(n)) s.add(n)
    setOpen(s)
  }
  return (
    <ul className="tree">
      {tables.map((t) => {
        const on = open.has(t.name) || (find !== '' && !t.name.toLowerCase().includes(find))
        return (
          <li key={t.name}>
            <div className="tree-line">
              <button type="button" className="item" aria-expanded={on} onClick={() => toggle(t.name)} title={t.description}>
                <Icon name={on ? 'down' : 'right'} size={12} />
                <Icon name="table" size={14} />
                <span className="cut">{t.name}</span>
              </button>
              <button type="button" className="button plain icon" aria-label={`Newest rows of ${t.name}`} title="Newest rows" onClick={() => onOpen(`${t.name}\n| order by TimeGenerated desc\n| take 100`)}>
                <Icon name="play" size={12} />
              </button>
            </div>
            {on && (
              <ul>
                {t.columns
                  .filter((c) => !c.hidden && (!find || t.name.toLowerCase().includes(find) || c.name.toLowerCase().includes(find)))
                  .map((c) => (
                    <li key={c.name}>
                      <button type="button" className="item column" onClick={() => onInsert(c.name)} title={c.description || 'Put into the editor'}>
                        <span className="cut">{c.name}</span>
                        <span className="muted">{c.type}</span>
                      </button>
                    </li>
                  ))}
              </ul>
            )}
          </li>
        )
      })}
      {functions.length > 0 && functions.length < 40 && (
        <>
          <li className="tree-head">Functions</li>
          {functions.map((f) => (
            <li key={f.name}>
              <button type="button" className="item" onClick={() => onInsert(`${f.name}(`)} title={`${f.signature ?? ''}\n${f.description ?? ''}`}>
                <span className="cut">{f.name}</span>
              </button>
            </li>
          ))}
        </>
      )}
      {tables.length === 0 && <li className="pad muted">Nothing of this name</li>}
    </ul>
  )
}

function SavedList({ find, onOpen }: { find: string; onOpen: (t: string) => void }) {
  const q = useQuery({ queryKey: ['saved'], queryFn: () => items<Saved>('/v1/saved') })
  if (q.error && !q.data) return <ProblemBox error={q.error} />
  if (!q.data) return <Skeleton lines={8} />
  const list = q.data.filter((s) => !find || (s.title + s.name + (s.description ?? '')).toLowerCase().includes(find))
  const groups = new Map<string, Saved[]>()
  for (const s of list) {
    const g = s.own ? 'Ours' : s.category || 'Built in'
    groups.set(g, [...(groups.get(g) ?? []), s])
  }
  return (
    <ul className="tree">
      {[...groups].map(([g, l]) => (
        <li key={g}>
          <div className="tree-head">{g}</div>
          <ul>
            {l.map((s) => (
              <li key={s.name}>
                <button type="button" className="item" onClick={() => onOpen(s.query)} title={s.description}>
                  <span className="wrapped">{s.title || s.name}</span>
                </button>
              </li>
            ))}
          </ul>
        </li>
      ))}
      {list.length === 0 && <li><Empty title="No saved query">Save one with the star above the editor.</Empty></li>}
    </ul>
  )
}

function HistoryList({ find, onOpen }: { find: string; onOpen: (t: string) => void }) {
  const q = useQuery({ queryKey: ['history'], queryFn: () => items<Past>('/v1/history?limit=100'), staleTime: 2000 })
  if (q.error && !q.data) return <ProblemBox error={q.error} />
  if (!q.data) return <Skeleton lines={8} />
  const list = q.data.filter((p) => !find || p.query.toLowerCase().includes(find))
  return (
    <ul className="tree">
      {list.map((p, i) => (
        <li key={i}>
          <button type="button" className="item past" onClick={() => onOpen(p.query)} title={p.query}>
            <code className="wrapped">{p.query.length > 140 ? p.query.slice(0, 140) + '…' : p.query}</code>
            <span className="muted">
              <Time at={p.at ?? p.time} form="ago" />
              {p.rows !== undefined && ` · ${p.rows} rows`}
              {p.reason && ' · failed'}
            </span>
          </button>
        </li>
      ))}
      {list.length === 0 && <li><Empty title="No query yet">What you run is listed here.</Empty></li>}
    </ul>
  )
}
