// For people who do not write KQL: choose, and it is written for them.
import { useState } from 'react'
import { literal, name, quote } from '../../lib/kql'
import { Button, Dialog } from '../../ui/parts'
import type { Schema } from '../../worker/protocol'

export interface Part {
  column: string
  op: string
  value: string
}
export interface Plan {
  table: string
  parts: Part[]
  by: string
  what: 'rows' | 'count' | 'users' | 'time'
}

const textOps = [['==', 'is'], ['!=', 'is not'], ['contains', 'contains'], ['startswith', 'begins with'], ['in', 'is one of'], ['isempty', 'is empty'], ['isnotempty', 'is not empty']]
const numberOps = [['==', '='], ['!=', '≠'], ['>', '>'], ['>=', '≥'], ['<', '<'], ['<=', '≤']]

/** kqlOf writes what was chosen. */
export function kqlOf(p: Plan, types: Record<string, string>): string {
  const lines = [p.table]
  for (const { column, op, value } of p.parts) {
    if (!column) continue
    const type = types[column] ?? 'string'
    const c = name(column)
    if (op === 'isempty' || op === 'isnotempty') lines.push(`| where ${op}(${type === 'string' ? c : `tostring(${c})`})`)
    else if (op === 'in') lines.push(`| where ${c} in~ (${value.split(',').map((v) => quote(v.trim())).join(', ')})`)
    else if (type === 'string') lines.push(`| where ${c} ${op === '==' ? '=~' : op === '!=' ? '!~' : op} ${quote(value)}`)
    else if (type === 'dynamic') lines.push(`| where tostring(${c}) contains ${quote(value)}`)
    else if (type === 'bool') lines.push(`| where ${c} ${op} ${/^(true|1|yes)$/i.test(value)}`)
    else lines.push(`| where ${c} ${op} ${literal(value, type)}`)
  }
  if (p.what === 'count') lines.push(`| summarize Count = count()${p.by ? ` by ${name(p.by)}\n| order by Count desc` : ''}`)
  else if (p.what === 'users') lines.push(`| summarize Users = dcount(UserPrincipalName)${p.by ? ` by ${name(p.by)}\n| order by Users desc` : ''}`)
  else if (p.what === 'time') lines.push(`| summarize Count = count() by bin(TimeGenerated, 1h)${p.by ? `, ${name(p.by)}` : ''}\n| render timechart`)
  else lines.push('| order by TimeGenerated desc\n| take 1000')
  return lines.join('\n')
}

export function Builder({ schema, close, done }: { schema?: Schema; close: () => void; done: (text: string) => void }) {
  const [p, setP] = useState<Plan>({ table: 'SigninLogs', parts: [{ column: 'ResultType', op: '!=', value: '0' }], by: '', what: 'rows' })
  const tables = schema?.tables ?? []
  const columns = tables.find((t) => t.name === p.table)?.columns.filter((c) => !c.hidden) ?? []
  const types = Object.fromEntries(columns.map((c) => [c.name, c.type]))
  const text = kqlOf(p, types)
  const setPart = (i: number, change: Partial<Part>) => setP({ ...p, parts: p.parts.map((x, j) => (j === i ? { ...x, ...change } : x)) })
  return (
    <Dialog title="Build a query" wide onClose={close} footer={<><Button onClick={close}>Cancel</Button><Button kind="primary" icon="play" onClick={() => done(text)}>Run it</Button></>}>
      <div className="stack">
        <label className="labelled">
          Look in
          <select className="select" value={p.table} onChange={(e) => setP({ ...p, table: e.target.value, parts: [], by: '' })}>
            {tables.map((t) => (
              <option key={t.name}>{t.name}</option>
            ))}
            {tables.length === 0 && <option>SigninLogs</option>}
          </select>
        </label>
        <fieldset className="stack-s plainset">
          <legend>Only where</legend>
          {p.parts.map((part, i) => {
            const plain = part.op === 'isempty' || part.op === 'isnotempty'
            const ops = ['long', 'int', 'real', 'datetime', 'timespan'].includes(types[part.column] ?? '') ? numberOps : textOps
            return (
              <div key={i} className="row">
                <select className="select" aria-label="Column" value={part.column} onChange={(e) => setPart(i, { column: e.target.value })}>
                  <option value="">Choose a column</option>
                  {columns.map((c) => (
                    <option key={c.name}>{c.name}</option>
                  ))}
                </select>
                <select className="select" style={{ width: 140 }} aria-label="Comparison" value={part.op} onChange={(e) => setPart(i, { op: e.target.value })}>
                  {ops.map(([v, label]) => (
                    <option key={v} value={v}>
                      {label}
                    </option>
                  ))}
                </select>
                {!plain && <input className="field" aria-label="Value" value={part.value} onChange={(e) => setPart(i, { value: e.target.value })} />}
                <Button icon="close" kind="plain" aria-label="Take this condition away" onClick={() => setP({ ...p, parts: p.parts.filter((_, j) => j !== i) })} />
              </div>
            )
          })}
          <div>
            <Button icon="plus" onClick={() => setP({ ...p, parts: [...p.parts, { column: '', op: '==', value: '' }] })}>
              Condition
            </Button>
          </div>
        </fieldset>
        <div className="row">
          <label className="labelled grow">
            Show
            <select className="select" value={p.what} onChange={(e) => setP({ ...p, what: e.target.value as Plan['what'] })}>
              <option value="rows">The newest rows</option>
              <option value="count">How many</option>
              <option value="users">How many users</option>
              <option value="time">How many over time</option>
            </select>
          </label>
          <label className="labelled grow">
            For each
            <select className="select" value={p.by} disabled={p.what === 'rows'} onChange={(e) => setP({ ...p, by: e.target.value })}>
              <option value="">All together</option>
              {columns
                .filter((c) => c.type !== 'dynamic' && c.type !== 'datetime')
                .map((c) => (
                  <option key={c.name}>{c.name}</option>
                ))}
            </select>
          </label>
        </div>
        <pre className="code soft" aria-label="The query">
          {text}
        </pre>
      </div>
    </Dialog>
  )
}
