import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { send } from '../../lib/api'
import { Button, Dialog, ProblemBox, toast } from '../../ui/parts'

export function SaveDialog({ text, close, done }: { text: string; close: () => void; done: (title: string) => void }) {
  const qc = useQueryClient()
  const [title, setTitle] = useState(/^\s*\/\/+\s*(.+)/.exec(text)?.[1] ?? '')
  const [description, setDescription] = useState('')
  const [error, setError] = useState<unknown>()
  const name = title.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')
  const save = async () => {
    try {
      await send('PUT', '/v1/saved/' + encodeURIComponent(name), { title, description, query: text })
      await qc.invalidateQueries({ queryKey: ['saved'] })
      done(title)
      toast('Saved for everybody here')
      close()
    } catch (e) {
      setError(e)
    }
  }
  return (
    <Dialog title="Save this query" onClose={close} footer={<><Button onClick={close}>Cancel</Button><Button kind="primary" disabled={!name} onClick={() => void save()}>Save</Button></>}>
      <form className="stack" onSubmit={(e) => { e.preventDefault(); if (name) void save() }}>
        {error !== undefined && <ProblemBox error={error} />}
        <label className="labelled">
          Title
          <input className="field" value={title} autoFocus onChange={(e) => setTitle(e.target.value)} />
          <span className="hint">Called {name || '…'} on the command line</span>
        </label>
        <label className="labelled">
          What it answers
          <input className="field" value={description} onChange={(e) => setDescription(e.target.value)} />
        </label>
        <pre className="code soft">{text}</pre>
      </form>
    </Dialog>
  )
}
