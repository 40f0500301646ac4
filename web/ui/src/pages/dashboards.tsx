import { useQuery } from '@tanstack/react-query'
import { BoardGrid, fixedRange } from './board'
import { get, items } from '../lib/api'
import type { Board } from '../lib/boards'
import { useScope, useSession } from '../lib/context'
import { rangeLabel } from '../lib/time'
import { go, href, Link, useLoc } from '../lib/url'
import { Button, copy, Empty, Panel, ProblemBox, Skeleton, Tag } from '../ui/parts'

export default function Dashboards() {
  const { path } = useLoc()
  return path[1] ? <One id={path[1]} /> : <List />
}

function List() {
  const q = useQuery({ queryKey: ['dashboards'], queryFn: () => items<Board>('/v1/dashboards') })
  return (
    <div className="page">
      <div className="head">
        <h1>Dashboards</h1>
      </div>
      {q.error && !q.data ? (
        <ProblemBox error={q.error} retry={() => void q.refetch()} />
      ) : !q.data ? (
        <Skeleton lines={6} />
      ) : q.data.length === 0 ? (
        <Panel label="Dashboards"><Empty title="No dashboard" icon="dashboards" /></Panel>
      ) : (
        <ul className="boards">
          {q.data.map((d) => (
            <li key={d.id}>
              <Link className="boardlink" href={href(d.id === 'overview' ? '/' : '/dashboards/' + encodeURIComponent(d.id))}>
                <span className="row">
                  <strong className="grow">{d.title}</strong>
                  {d.own && <Tag kind="info">ours</Tag>}
                </span>
                <span className="muted">{d.description}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      <p className="muted">A dashboard is a YAML file of KQL panels in the data folder’s <code>dashboards</code>; the ones here are such files.</p>
    </div>
  )
}

function One({ id }: { id: string }) {
  const scope = useScope()
  const who = useSession().user?.name
  const q = useQuery({ queryKey: ['dashboard', id], queryFn: () => get<Board>('/v1/dashboards/' + encodeURIComponent(id)), placeholderData: undefined })
  if (q.error) return <div className="page"><ProblemBox error={q.error} retry={() => void q.refetch()} /></div>
  if (!q.data) return <div className="page"><Skeleton lines={8} /></div>
  const tiles = q.data.panels.filter((p) => p.kind === 'tile')
  const rest = q.data.panels.filter((p) => p.kind !== 'tile')
  return (
    <div className="page">
      <div className="head">
        <Button icon="left" kind="plain" aria-label="All dashboards" className="noprint" onClick={() => go(href('/dashboards'))} />
        <h1>{q.data.title}</h1>
        <p>{rangeLabel(scope.range)}</p>
        <span className="grow" />
        <Button className="noprint" icon="external" onClick={() => void copy(location.origin + href('/dashboards/' + encodeURIComponent(id), { range: undefined, from: scope.from, to: scope.to }))}>Share</Button>
        <Button className="noprint" icon="print" onClick={() => window.print()}>Print</Button>
      </div>
      {q.data.description && <p className="muted">{q.data.description}</p>}
      <p className="onlyprint">
        {fixedRange(scope)}
        {scope.tenant && `, tenant ${scope.tenant}`}. Printed by {who}.
      </p>
      {tiles.length > 0 && (
        <section className="tiles" aria-label="Key figures" style={{ '--n': Math.min(8, tiles.length) } as React.CSSProperties}>
          <BoardGrid board={id} panels={tiles} />
        </section>
      )}
      <BoardGrid board={id} panels={rest} />
    </div>
  )
}
