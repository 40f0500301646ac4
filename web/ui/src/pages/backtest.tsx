// A backtest: what a rule would have found, day by day.
import { useEffect, useState } from 'react'
import { call, lines, Problem } from '../lib/api'
import { integer, plural } from '../lib/format'
import { duration } from '../lib/time'
import { ProblemBox, Severity } from '../ui/parts'

interface Report {
  windows: number
  alerts: number
  silent: number
  days: { day: string; alerts: number }[] | null
  severity: Record<string, number>
  entities: { type: string; name: string; column?: string; alerts: number; saved: number }[] | null
  examples: { title?: string; Title?: string }[] | null
  notices?: string[]
  took_ns: number
}
interface Line {
  done?: number
  all?: number
  alerts?: number
  report?: Report
  error?: string
}

export function BacktestView({ yaml, days }: { yaml: string; days: number }) {
  const [line, setLine] = useState<Line>({})
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    const abort = new AbortController()
    void (async () => {
      try {
        const res = await call('POST', '/v1/backtest', { rule: yaml, days }, { signal: abort.signal, accept: 'application/x-ndjson' })
        for await (const l of lines(res.body!)) {
          const got = JSON.parse(l) as Line
          if (got.error) throw new Problem({ title: got.error })
          setLine(got)
        }
      } catch (e) {
        if (!abort.signal.aborted) setError(e)
      }
    })()
    return () => abort.abort()
  }, [yaml, days])
  if (error !== undefined) return <ProblemBox error={error} />
  const r = line.report
  if (!r) {
    return (
      <div role="status">
        <progress value={line.done ?? 0} max={line.all ?? 1} aria-label="Backtest" style={{ width: '100%' }} />
        <span className="muted">
          {line.all ? `${integer(line.done ?? 0)} of ${integer(line.all)} windows, ${plural(line.alerts ?? 0, 'alert')} so far` : 'Starting …'}
        </span>
      </div>
    )
  }
  const list = r.days ?? []
  const most = Math.max(1, ...list.map((d) => d.alerts))
  return (
    <section className="stack" aria-label="Backtest">
      <div className="row wrap">
        <strong>{plural(r.alerts, 'alert')}</strong>
        <span className="muted">
          in {days} days, {integer(r.windows)} windows, {r.silent} kept silent, took {duration(r.took_ns / 1e9)}
        </span>
        {Object.entries(r.severity ?? {}).map(([s, n]) => (
          <span key={s} className="row">
            <Severity value={s} /> {n}
          </span>
        ))}
      </div>
      {r.notices?.map((n) => <p key={n} className="muted">{n}</p>)}
      <ol className="daybars" aria-label="Alerts by day">
        {list.map((d) => (
          <li key={d.day} title={`${d.day}: ${plural(d.alerts, 'alert')}`}>
            <span className="daybar" style={{ height: `${(100 * d.alerts) / most}%` }} />
            <span className="daylabel">{d.day.slice(5)}</span>
            <span className="sr">{d.alerts}</span>
          </li>
        ))}
      </ol>
      {(r.entities?.length ?? 0) > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Most often about</th>
              <th scope="col">Type</th>
              <th scope="col" className="num">Alerts</th>
              <th scope="col" className="num">An exclusion would save</th>
            </tr>
          </thead>
          <tbody>
            {r.entities!.map((e) => (
              <tr key={e.type + e.name}>
                <td>{e.name}</td>
                <td>{e.type}</td>
                <td className="num">{e.alerts}</td>
                <td className="num">{e.saved}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
