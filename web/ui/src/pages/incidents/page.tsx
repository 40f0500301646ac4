// The triage queue and one incident.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { CloseDialog } from './close'
import { IncidentView } from './view'
import { send } from '../../lib/api'
import { useMay, useSession } from '../../lib/context'
import { useKeys } from '../../lib/keys'
import { useIncidents, useLive, type Incident } from '../../lib/live'
import { go, href, set, useLoc } from '../../lib/url'
import { Button, Empty, failed, ProblemBox, Severity, Skeleton, Tabs, Tag, Time } from '../../ui/parts'

export interface Change {
  status?: string
  classification?: string
  reason?: string
  owner?: string
  comment?: string
  label?: string
}

/** useChange does something to an incident and reads it again. */
export function useChange() {
  const qc = useQueryClient()
  return useMutation({
    mutationFn: ({ number, change }: { number: number; change: Change }) => send<Incident>('POST', `/v1/incidents/${number}`, change),
    onSuccess: () => qc.invalidateQueries({ queryKey: ['incidents'] }),
    onError: failed,
  })
}

const rank: Record<string, number> = { critical: 5, high: 4, medium: 3, low: 2, informational: 1 }

/** queue puts the urgent and the severe first, then the newest. */
export function queue(list: Incident[]): Incident[] {
  return [...list].sort((a, b) => Number(b.urgent ?? false) - Number(a.urgent ?? false) || (rank[b.severity.toLowerCase()] ?? 0) - (rank[a.severity.toLowerCase()] ?? 0) || b.last.localeCompare(a.last))
}

export default function Incidents() {
  const { path, search } = useLoc()
  const which = (search.get('show') ?? 'open') as 'open' | 'mine' | 'all'
  const me = useSession().user?.name ?? ''
  const may = useMay('triage')
  const q = useIncidents(which === 'all')
  const qc = useQueryClient()
  const change = useChange()
  const [marked, setMarked] = useState<ReadonlySet<number>>(new Set())
  const [closing, setClosing] = useState<number[]>([])
  useLive((e) => {
    if (e === 'incident') void qc.invalidateQueries({ queryKey: ['incidents'] })
  })
  const list = useMemo(() => queue((q.data ?? []).filter((i) => which !== 'mine' || i.owner === me)), [q.data, which, me])
  const selected = path[1] ? list.find((i) => String(i.number) === path[1] || i.id === path[1]) : undefined
  const at = selected ? list.indexOf(selected) : -1
  const show = (n: number) => list[n] && go(href('/incidents/' + list[n]!.number, { show: which === 'open' ? undefined : which }), true)
  const targets = () => (marked.size ? [...marked] : selected ? [selected.number] : [])
  const toggle = (n: number) => {
    const s = new Set(marked)
    if (!s.delete(n)) s.add(n)
    setMarked(s)
  }
  useKeys([
    { keys: 'j', label: 'Next', group: 'Incidents', run: () => show(at + 1) },
    { keys: 'k', label: 'Previous', group: 'Incidents', run: () => show(Math.max(0, at - 1)) },
    { keys: 'x', label: 'Mark', group: 'Incidents', run: () => selected && toggle(selected.number) },
    { keys: 'a', label: 'Take it', group: 'Incidents', run: () => may && targets().forEach((number) => change.mutate({ number, change: { status: 'Active', owner: me } })) },
    { keys: 'c', label: 'Close', group: 'Incidents', run: () => may && targets().length > 0 && setClosing(targets()) },
  ])
  useEffect(() => {
    document.querySelector('.queue [aria-current=true]')?.scrollIntoView({ block: 'nearest' })
  }, [at])
  return (
    <div className="page full incidents">
      <section className={selected ? 'queue has' : 'queue'} aria-label="Triage queue">
        <div className="queue-head">
          <h1>Incidents</h1>
          <Tabs value={which} onChange={(v) => set({ show: v === 'open' ? undefined : v }, false)} label="Which" options={[['open', 'Open'], ['mine', 'Mine'], ['all', 'All']]} />
        </div>
        {marked.size > 0 && may && (
          <div className="row pad">
            <span className="grow">{marked.size} marked</span>
            <Button onClick={() => setClosing([...marked])}>Close them</Button>
            <Button kind="plain" onClick={() => setMarked(new Set())}>Clear</Button>
          </div>
        )}
        {q.error && !q.data ? (
          <div className="pad">
            <ProblemBox error={q.error} retry={() => void q.refetch()} />
          </div>
        ) : !q.data ? (
          <Skeleton lines={8} />
        ) : list.length === 0 ? (
          <Empty title={which === 'mine' ? 'Nothing is assigned to you' : 'No incident'} icon="check">
            Rules run over everything that arrives. <a href={href('/rules')}>Look at the rules</a>
          </Empty>
        ) : (
          <ul className="scroll queue-list" tabIndex={-1}>
            {list.map((i, n) => (
              <li key={i.id}>
                <div className={'queue-item' + (i === selected ? ' on' : '')} aria-current={i === selected}>
                  {may && <input type="checkbox" aria-label={`Mark incident ${i.number}`} checked={marked.has(i.number)} onChange={() => toggle(i.number)} />}
                  <button type="button" onClick={() => show(n)}>
                    <span className="row">
                      <Severity value={i.severity} />
                      <span className="muted">#{i.number}</span>
                      {i.status !== 'New' && <Tag kind={i.status === 'Closed' ? undefined : 'info'}>{i.status}</Tag>}
                      {i.urgent && <Tag kind="bad">Urgent</Tag>}
                      <span className="grow" />
                      <span className="muted">
                        <Time at={i.last} form="ago" />
                      </span>
                    </span>
                    <span className="queue-title">{i.title}</span>
                    <span className="muted row">
                      {i.alerts.length} {i.alerts.length === 1 ? 'alert' : 'alerts'}
                      {i.owner && <span>· {i.owner}</span>}
                      <span className="cut">· {i.rules.join(', ')}</span>
                    </span>
                  </button>
                </div>
              </li>
            ))}
          </ul>
        )}
      </section>
      <section className={selected ? 'incident has' : 'incident'} aria-label="Incident">
        {selected ? <IncidentView key={selected.id} i={selected} onClose={() => setClosing([selected.number])} onBack={() => go(href('/incidents'), true)} /> : <Empty title="Choose an incident" icon="incidents"><kbd>j</kbd> <kbd>k</kbd> move, <kbd>a</kbd> takes one, <kbd>c</kbd> closes it, <kbd>x</kbd> marks several.</Empty>}
      </section>
      {closing.length > 0 && <CloseDialog numbers={closing} close={() => { setClosing([]); setMarked(new Set()) }} />}
    </div>
  )
}
