import { useState } from 'react'
import { send } from '../../lib/api'
import type { Column } from '../../lib/format'
import { go, href } from '../../lib/url'
import { BacktestView } from '../backtest'
import { Button, Dialog, ProblemBox, toast } from '../../ui/parts'

const entityOf: Record<string, [string, string]> = {
  UserPrincipalName: ['Account', 'FullName'],
  User: ['Account', 'FullName'],
  Actor: ['Account', 'FullName'],
  IPAddress: ['IP', 'Address'],
  AppId: ['CloudApplication', 'AppId'],
}

/** ruleOf writes a rule around a query; people finish it. */
export function ruleOf(text: string, title: string, severity: string, columns: Column[], id: string): string {
  const query = text.replace(/\n?\s*\|\s*render\b[^\n]*$/i, '').trim()
  const tables = [...new Set([...query.matchAll(/\b(SigninLogs|AAD\w+Logs|AAD\w+|AuditLogs|MicrosoftGraphActivityLogs|AKSAudit\w*|Wholelog\w+)\b/g)].map((m) => m[1]!))]
  const entities = columns.flatMap((c) => (entityOf[c.name] ? [{ type: entityOf[c.name]![0], field: entityOf[c.name]![1], column: c.name }] : []))
  return [
    `id: ${id}`,
    `title: ${JSON.stringify(title)}`,
    `severity: ${severity}`,
    'version: 1',
    `tables: [${tables.join(', ')}]`,
    'query: |',
    ...query.split('\n').map((l) => '  ' + l),
    'every: 15m',
    'window: 1h',
    ...(entities.length ? ['entities:', ...entities.slice(0, 10).flatMap((e) => [`  - type: ${e.type}`, `    fields: {${e.field}: ${e.column}}`])] : []),
    'incident:',
    '  create: true',
    '',
  ].join('\n')
}

export function RuleDialog({ text, columns, close }: { text: string; columns: Column[]; close: () => void }) {
  const [title, setTitle] = useState(/^\s*\/\/+\s*(.+)/.exec(text)?.[1] ?? '')
  const [severity, setSeverity] = useState('medium')
  const [yaml, setYaml] = useState('')
  const [error, setError] = useState<unknown>()
  const [said, setSaid] = useState('')
  const [test, setTest] = useState(0)
  const id = 'OWN-' + (title.toUpperCase().replace(/[^A-Z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, 40) || 'RULE')
  const shown = yaml || ruleOf(text, title || 'Untitled', severity, columns, id)
  const own = /^id:\s*(\S+)/m.exec(shown)?.[1] ?? id
  const attempt = async (save: boolean) => {
    setError(undefined)
    setSaid('')
    try {
      if (save) {
        await send('PUT', '/v1/rules/' + encodeURIComponent(own), { yaml: shown })
        toast('The rule runs from now on')
        go(href('/rules/' + encodeURIComponent(own)))
      } else {
        await send('POST', '/v1/rules/check', { yaml: shown })
        setSaid('The rule is understood.')
      }
    } catch (e) {
      setError(e)
    }
  }
  return (
    <Dialog
      title="Make a rule of this query"
      wide
      onClose={close}
      footer={
        <>
          <Button onClick={() => void attempt(false)}>Check</Button>
          <Button onClick={() => setTest((n) => n + 1)}>Try on the last 7 days</Button>
          <Button kind="primary" disabled={!title && !yaml} onClick={() => void attempt(true)}>
            Save and run
          </Button>
        </>
      }
    >
      <div className="stack">
        {error !== undefined && <ProblemBox error={error} />}
        {said && <p role="status">{said}</p>}
        {!yaml && (
          <div className="row">
            <label className="labelled grow">
              Title
              <input className="field" value={title} autoFocus onChange={(e) => setTitle(e.target.value)} placeholder="What it means when it fires" />
            </label>
            <label className="labelled">
              Severity
              <select className="select" value={severity} onChange={(e) => setSeverity(e.target.value)}>
                {['informational', 'low', 'medium', 'high', 'critical'].map((s) => (
                  <option key={s}>{s}</option>
                ))}
              </select>
            </label>
          </div>
        )}
        <label className="labelled">
          The rule
          <textarea className="area mono" rows={16} spellCheck={false} value={shown} onChange={(e) => setYaml(e.target.value)} />
        </label>
        {test > 0 && <BacktestView key={test} yaml={shown} days={7} />}
      </div>
    </Dialog>
  )
}
