import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { BoardGrid } from './board'
import { get } from '../lib/api'
import { widthOf, type Board } from '../lib/boards'
import { useScope } from '../lib/context'
import { integer } from '../lib/format'
import { quote } from '../lib/kql'
import { useIncidents, useLive, type Incident, type LiveRow, type LiveRows, type LiveStatus } from '../lib/live'
import { clock, duration, rangeLabel } from '../lib/time'
import { href, Link, queryHref } from '../lib/url'
import { Button, Empty, Panel, ProblemBox, Severity, Skeleton, Tag, Time } from '../ui/parts'

export default function Overview() {
  const scope = useScope()
  const board = useQuery({ queryKey: ['dashboard', 'overview'], queryFn: () => get<Board>('/v1/dashboards/overview'), staleTime: 300_000 })
  const [status, setStatus] = useState<LiveStatus>()
  const connected = useLive((e, d) => {
    if (e === 'status') setStatus(d as LiveStatus)
  }, scope.tenant)
  const panels = board.data?.panels ?? []
  const tiles = panels.filter((p) => p.kind === 'tile')
  const rest = panels.filter((p) => p.kind !== 'tile')
  // Two rows of panels, then what is new, then the others.
  let lead = 0
  for (let used = 0; lead < rest.length && used + widthOf(rest[lead]!) <= 24; lead++) used += widthOf(rest[lead]!)
  return (
    <div className="page">
      <div className="head">
        <h1>Overview</h1>
        <p>{rangeLabel(scope.range)}</p>
        <span className="grow" />
        <span className="row muted" role="status">
          <span className={connected ? 'livedot on' : 'livedot'} />
          {connected ? 'Live' : 'Not live'}
          {status?.lag !== undefined && status.lag >= 0 && <span>· {duration(status.lag)} behind</span>}
          {status?.rows !== undefined && <span className="wide">· {integer(status.rows)} rows</span>}
        </span>
      </div>
      {board.error && !board.data && <ProblemBox error={board.error} retry={() => void board.refetch()} />}
      {!board.data && !board.error && <Skeleton height={220} />}
      {tiles.length > 0 && (
        <section className="tiles" aria-label="Key figures" style={{ '--n': tiles.length <= 8 ? tiles.length : Math.ceil(tiles.length / 2) } as React.CSSProperties}>
          <BoardGrid board="overview" panels={tiles} />
        </section>
      )}
      {lead > 0 && <BoardGrid board="overview" panels={rest.slice(0, lead)} />}
      <div className="board">
        <div className="cell" style={{ '--w': 5, '--h': '320px' } as React.CSSProperties}>
          <NewIncidents />
        </div>
        <div className="cell" style={{ '--w': 7, '--h': '320px' } as React.CSSProperties}>
          <LiveTail />
        </div>
      </div>
      {rest.length > lead && <BoardGrid board="overview" panels={rest.slice(lead)} />}
    </div>
  )
}

function NewIncidents() {
  const q = useIncidents(false)
  const list = [...(q.data ?? [])].sort((a, b) => b.created.localeCompare(a.created)).slice(0, 20)
  return (
    <Panel title="Newest incidents" flush actions={<Link className="button plain" href={href('/incidents')}>All</Link>}>
      {q.error && !q.data ? (
        <div className="pad">
          <ProblemBox error={q.error} />
        </div>
      ) : !q.data ? (
        <Skeleton />
      ) : list.length === 0 ? (
        <Empty title="No open incident" icon="check">
          Rules run over everything that arrives.
        </Empty>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label="Newest incidents">
          <ul className="lines">
            {list.map((i) => (
              <IncidentLine key={i.id} i={i} />
            ))}
          </ul>
        </div>
      )}
    </Panel>
  )
}

function IncidentLine({ i }: { i: Incident }) {
  return (
    <li>
      <Link className="line" href={href('/incidents/' + i.number)}>
        <Severity value={i.severity} short />
        <span className="cut grow">{i.title}</span>
        {i.urgent && <Tag kind="bad">urgent</Tag>}
        <span className="muted">
          <Time at={i.created} form="ago" />
        </span>
      </Link>
    </li>
  )
}

const kept = 60

export function LiveTail() {
  const scope = useScope()
  const [rows, setRows] = useState<(LiveRow & { table: string; key: number })[]>([])
  const [paused, setPaused] = useState(false)
  const [missed, setMissed] = useState(0)
  const [serial] = useState({ n: 0 })
  const connected = useLive((e, d) => {
    if (e !== 'rows') return
    const got = d as LiveRows
    if (paused) {
      setMissed((n) => n + got.rows.length)
      return
    }
    const fresh = got.rows.map((r) => ({ ...r, table: got.table, key: ++serial.n }))
    setRows((r) => [...fresh.reverse(), ...r].slice(0, kept))
  }, scope.tenant)
  return (
    <Panel
      title="Live"
      flush
      actions={
        <Button icon={paused ? 'play' : 'pause'} kind="plain" onClick={() => { setPaused(!paused); setMissed(0) }}>
          {paused ? `Go on${missed ? ` (${missed} more)` : ''}` : 'Pause'}
        </Button>
      }
    >
      {rows.length === 0 ? (
        <Empty title={connected ? 'Waiting for the next event' : 'Not connected'} icon="clock">
          {connected ? 'Events appear here as they arrive.' : 'The page tries again by itself.'}
        </Empty>
      ) : (
        <div className="scroll" tabIndex={0} role="log" aria-live="off" aria-label="Live events">
          <ul className="lines live">
            {rows.map((r) => (
              <LiveLine key={r.key} r={r} />
            ))}
          </ul>
        </div>
      )}
    </Panel>
  )
}

function LiveLine({ r }: { r: LiveRow & { table: string } }) {
  const s = (n: string) => (r[n] === undefined || r[n] === null ? '' : String(r[n]))
  const code = s('ResultType')
  const failed = r.table.includes('Signin') || r.table.includes('SignIn') ? code !== '' && code !== '0' : false
  const what = s('OperationName') && !s('AppDisplayName') ? s('OperationName') : s('AppDisplayName') || s('OperationName')
  const who = s('UserPrincipalName') || s('InitiatedBy') || s('ServicePrincipalName')
  const at = new Date(r.TimeGenerated).getTime()
  const range = { from: new Date(at - 60e3).toISOString(), to: new Date(at + 60e3).toISOString() }
  const text = who ? `${r.table}\n| where * has ${quote(who)}\n| order by TimeGenerated desc` : `${r.table}\n| order by TimeGenerated desc`
  return (
    <li>
      <Link className="line" href={queryHref(text, range)}>
        <time className="mono muted" dateTime={r.TimeGenerated}>
          {clock(r.TimeGenerated)}
        </time>
        <span className="cut who">{who || r.table}</span>
        <span className="cut grow muted">{what}</span>
        <span className="muted cut place">{[s('IPAddress'), s('Country')].filter(Boolean).join(' ')}</span>
        {failed ? (
          <Tag kind="bad" title={s('ErrorText')}>
            {code}
          </Tag>
        ) : (
          <Tag kind={code === '0' ? 'good' : undefined}>{code === '0' ? 'ok' : r.table.replace(/Logs$/, '').replace(/^AAD/, '')}</Tag>
        )}
      </Link>
    </li>
  )
}
