import { useState } from 'react'
import { useChange } from './page'
import { Button, Dialog } from '../../ui/parts'

const choices = [
  ['TruePositive', 'True positive', 'It was what the rule says'],
  ['BenignPositive', 'Benign positive', 'It happened, and was meant to'],
  ['FalsePositive', 'False positive', 'The rule or the data was wrong'],
  ['Undetermined', 'Undetermined', 'It could not be found out'],
] as const

const reasons: Record<string, string> = { TruePositive: 'SuspiciousActivity', BenignPositive: 'SuspiciousButExpected', FalsePositive: 'IncorrectAlertLogic', Undetermined: '' }

export function CloseDialog({ numbers, close }: { numbers: number[]; close: () => void }) {
  const [c, setC] = useState<string>('TruePositive')
  const [comment, setComment] = useState('')
  const change = useChange()
  const run = async () => {
    for (const number of numbers) await change.mutateAsync({ number, change: { status: 'Closed', classification: c, reason: reasons[c] || undefined, comment: comment || undefined } }).catch(() => undefined)
    close()
  }
  return (
    <Dialog title={numbers.length === 1 ? `Close incident ${numbers[0]}` : `Close ${numbers.length} incidents`} onClose={close} footer={<><Button onClick={close}>Cancel</Button><Button kind="primary" disabled={change.isPending} onClick={() => void run()}>Close</Button></>}>
      <div className="stack">
        <fieldset className="choices">
          <legend className="sr">Classification</legend>
          {choices.map(([v, label, hint]) => (
            <label key={v} className={c === v ? 'choice on' : 'choice'}>
              <input type="radio" name="classification" checked={c === v} onChange={() => setC(v)} />
              <span>
                <strong>{label}</strong>
                <br />
                <span className="muted">{hint}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <label className="labelled">
          What was found
          <textarea className="area" rows={3} value={comment} onChange={(e) => setComment(e.target.value)} />
        </label>
      </div>
    </Dialog>
  )
}
