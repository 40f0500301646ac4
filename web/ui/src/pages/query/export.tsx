import { useState } from 'react'
import type { Run } from './tabs'
import { send } from '../../lib/api'
import { bytes } from '../../lib/format'
import { utc } from '../../lib/time'
import { Button, CopyButton, Dialog, ProblemBox } from '../../ui/parts'

interface Exported {
  id: string
  files: { name: string; bytes: number; sha256: string }[]
}
const formats = [
  ['csv', 'CSV', 'For spreadsheets; cells that begin like formulas are made harmless'],
  ['xlsx', 'Excel', 'One sheet, typed cells'],
  ['ndjson', 'NDJSON', 'One JSON object a line, nothing lost'],
  ['parquet', 'Parquet', 'For data tools'],
] as const

export function ExportDialog({ run, close }: { run: Run; close: () => void }) {
  const [format, setFormat] = useState<string>('csv')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const [made, setMade] = useState<Exported>()
  const make = async () => {
    setBusy(true)
    setError(undefined)
    try {
      setMade(await send<Exported>('POST', '/v1/export', { query: run.statement, from: run.range.from, to: run.range.to, format, ...(run.tenant ? { tenant: run.tenant } : {}) }))
    } catch (e) {
      setError(e)
    }
    setBusy(false)
  }
  const data = made?.files.find((f) => !f.name.endsWith('.manifest.json'))
  const manifest = made?.files.find((f) => f.name.endsWith('.manifest.json'))
  return (
    <Dialog title="Export as evidence" onClose={close} footer={made ? <Button kind="primary" onClick={close}>Done</Button> : <><Button onClick={close}>Cancel</Button><Button kind="primary" disabled={busy} onClick={() => void make()}>{busy ? 'Exporting …' : 'Export'}</Button></>}>
      <div className="stack">
        {error !== undefined && <ProblemBox error={error} />}
        {!made ? (
          <>
            <fieldset className="choices">
              <legend className="sr">Format</legend>
              {formats.map(([v, label, hint]) => (
                <label key={v} className={format === v ? 'choice on' : 'choice'}>
                  <input type="radio" name="format" checked={format === v} onChange={() => setFormat(v)} />
                  <span>
                    <strong>{label}</strong>
                    <br />
                    <span className="muted">{hint}</span>
                  </span>
                </label>
              ))}
            </fieldset>
            <p className="muted">
              {utc(run.range.from)} to {utc(run.range.to)} UTC. A manifest goes with it: query, range, rows, completeness, SHA-256 and the ledger’s checkpoint.
            </p>
          </>
        ) : (
          <>
            <ul className="stack">
              {made.files.map((f) => (
                <li key={f.name} className="stack-s">
                  <a className="button" download={f.name} href={`/v1/exports/${encodeURIComponent(made.id)}/${encodeURIComponent(f.name)}`}>
                    {f.name} · {bytes(f.bytes)}
                  </a>
                  <span className="row">
                    <code className="cut muted">SHA-256 {f.sha256}</code>
                    <CopyButton value={f.sha256} label="Copy the SHA-256" />
                  </span>
                </li>
              ))}
            </ul>
            {data && manifest && (
              <p>
                Anybody checks them with <code>wholelog verify --manifest {manifest.name}</code>
              </p>
            )}
          </>
        )}
      </div>
    </Dialog>
  )
}
