import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { get, send } from '../lib/api'
import { bytes, integer, plural } from '../lib/format'
import { ProofView } from './query/drawer'
import { Button, CopyButton, Empty, failed, Panel, ProblemBox, Skeleton, Tag, Time } from '../ui/parts'

interface Integrity {
  checkpoint?: { text: string; size: number; root: string; time?: string }
  segments?: { stream: string; segment: number | string; records: number; bytes: number; sealed?: string | boolean; first?: string; last?: string }[] | null
  lastVerification?: { time?: string; ok?: boolean; running?: boolean; done?: number; all?: number; problems?: string[] | number | null } | null
  verifierKey?: string
  sealed?: number
  open?: number
  records?: number
}

export default function IntegrityPage() {
  const qc = useQueryClient()
  const q = useQuery({ queryKey: ['integrity'], queryFn: () => get<Integrity>('/v1/integrity'), refetchInterval: (s) => (s.state.data?.lastVerification?.running ? 1000 : 15_000) })
  const verify = useMutation({ mutationFn: () => send('POST', '/v1/integrity/verify'), onSuccess: () => qc.invalidateQueries({ queryKey: ['integrity'] }), onError: failed })
  const [all, setAll] = useState(false)
  const d = q.data
  const v = d?.lastVerification
  const problems = Array.isArray(v?.problems) ? v.problems : []
  const segments = d?.segments ?? []
  return (
    <div className="page">
      <div className="head">
        <h1>Integrity</h1>
        <p>Tamper-evident: what was received is what is here, and anybody can check it.</p>
      </div>
      {q.error && !d && <ProblemBox error={q.error} retry={() => void q.refetch()} />}
      {!d && !q.error && <Skeleton lines={8} />}
      {d && (
        <>
          <div className="incident-cols even">
            <Panel title="Checkpoint" actions={d.checkpoint && <CopyButton value={d.checkpoint.text} label="Copy the checkpoint" />}>
              {d.checkpoint?.text ? (
                <div className="stack">
                  <dl className="facts">
                    <dt>Entries in the log</dt><dd>{integer(d.checkpoint.size)}</dd>
                    <dt>Root</dt><dd><code>{d.checkpoint.root}</code></dd>
                    {d.checkpoint.time && (<><dt>Signed</dt><dd><Time at={d.checkpoint.time} /></dd></>)}
                    {d.verifierKey && (<><dt>Verifier key</dt><dd><code>{d.verifierKey}</code></dd></>)}
                  </dl>
                  <pre className="code soft" tabIndex={0}>{d.checkpoint.text}</pre>
                  <p className="muted">Keep it where this machine’s administrator cannot change it. A log that only its operator signs proves nothing against that operator.</p>
                </div>
              ) : (
                <Empty title="No checkpoint yet">The first segment seals within five minutes.</Empty>
              )}
            </Panel>
            <Panel title="Verification" actions={<Button icon="play" disabled={verify.isPending || v?.running} onClick={() => verify.mutate()}>{v?.running ? 'Verifying …' : 'Verify now'}</Button>}>
              {v?.running ? (
                <progress value={v.done ?? 0} max={v.all ?? 1} aria-label="Verification" style={{ width: '100%' }} />
              ) : v?.time ? (
                <div className="stack">
                  <div className="row">
                    <Tag kind={v.ok ? 'good' : 'bad'} icon={v.ok ? 'check' : 'alert'}>{v.ok ? 'Every record is whole and in place' : plural(problems.length || Number(v.problems) || 1, 'problem')}</Tag>
                    <Time at={v.time} form="ago" />
                  </div>
                  {problems.map((p, i) => <pre key={i} className="code soft">{p}</pre>)}
                </div>
              ) : (
                <Empty title="Not verified since the start" icon="integrity">Verifying walks every record from its bytes up.</Empty>
              )}
              <p className="muted" style={{ marginTop: 12 }}>
                Offline, from the files alone: <code>wholelog verify --data DIR --against CHECKPOINT</code>
              </p>
            </Panel>
          </div>
          <Panel title={d.sealed !== undefined ? `${plural(d.sealed, 'sealed segment')}, ${d.open ?? 0} open, ${integer(d.records ?? 0)} records` : plural(segments.length, 'segment')} flush>
            {segments.length === 0 ? (
              <Empty title="No segment yet" />
            ) : (
              <div className="scroll">
                <table className="table">
                  <thead>
                    <tr><th scope="col">Stream</th><th scope="col" className="num">Segment</th><th scope="col" className="num">Records</th><th scope="col" className="num">Bytes</th><th scope="col">State</th><th scope="col">First event</th><th scope="col">Last event</th></tr>
                  </thead>
                  <tbody>
                    {segments.slice(0, all ? undefined : 100).map((s) => (
                      <tr key={s.stream + s.segment}>
                        <td>{s.stream}</td>
                        <td className="num">{s.segment}</td>
                        <td className="num">{integer(s.records)}</td>
                        <td className="num">{bytes(s.bytes)}</td>
                        <td>{s.sealed ? <Tag kind="good" icon="check">sealed</Tag> : <Tag kind="warn" icon="clock">open</Tag>}</td>
                        <td><Time at={s.first} /></td>
                        <td><Time at={s.last} /></td>
                      </tr>
                    ))}
                  </tbody>
                </table>
                {segments.length > 100 && !all && <div className="pad"><Button onClick={() => setAll(true)}>Show all {integer(segments.length)}</Button></div>}
              </div>
            )}
          </Panel>
          <RecordProof />
        </>
      )}
    </div>
  )
}

/** RecordProof shows the proof of any record by its place. */
function RecordProof() {
  const [place, setPlace] = useState('')
  const [asked, setAsked] = useState('')
  const q = useQuery({ queryKey: ['recordat', asked], queryFn: () => get<{ table: string; proof?: Parameters<typeof ProofView>[0]['p'] }>('/v1/records?position=' + encodeURIComponent(asked)), enabled: asked !== '', retry: false, placeholderData: undefined })
  return (
    <Panel title="Proof of a record">
      <form className="row" onSubmit={(e) => { e.preventDefault(); setAsked(place.trim()) }}>
        <input className="field mono" style={{ maxWidth: 420 }} value={place} onChange={(e) => setPlace(e.target.value)} placeholder="4711" inputMode="numeric" aria-label="Position of the record" />
        <Button type="submit">Show</Button>
      </form>
      <div style={{ marginTop: 8 }}>
        {q.error ? <ProblemBox error={q.error} /> : q.data ? <ProofView p={q.data.proof} /> : <p className="muted">Every row in Query has its proof in its drawer too.</p>}
      </div>
    </Panel>
  )
}
