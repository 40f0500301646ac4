import { useState } from 'react'
import { Button, Item, Menu } from '../ui/parts'
import { Icon } from '../ui/icons'
import { refresh, useScope, useSession } from '../lib/context'
import { date, rangeLabel, ranges, span, utc } from '../lib/time'
import { set } from '../lib/url'

export function RangePicker() {
  const { range } = useScope()
  return (
    <Menu
      label="Time range"
      kind="dialog"
      className="range"
      button={(p) => (
        <button type="button" className="button" {...p} aria-label={`Time range: ${rangeLabel(range)}`}>
          <Icon name="clock" />
          <span className="wide">{rangeLabel(range)}</span>
          <Icon name="down" size={12} />
        </button>
      )}
    >
      {(close) => <RangeForm close={close} />}
    </Menu>
  )
}

function RangeForm({ close }: { close: () => void }) {
  const { range } = useScope()
  const [from, setFrom] = useState(utc(range.from, 'minute'))
  const [to, setTo] = useState(utc(range.to, 'minute'))
  const [own, setOwn] = useState('')
  const [wrong, setWrong] = useState('')
  const choose = (r: string) => {
    set({ range: r, from: undefined, to: undefined }, false)
    refresh()
    close()
  }
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault()
        if (own.trim()) {
          if (span(own.trim())) choose(own.trim())
          else setWrong('Write a span such as 45m, 6h, 14d or 4w.')
          return
        }
        const a = date(from.trim())
        const b = date(to.trim())
        if (!a || !b) setWrong('Write times like 2026-07-01 08:30 (UTC).')
        else if (a >= b) setWrong('The start must lie before the end.')
        else {
          set({ range: undefined, from: a.toISOString(), to: b.toISOString() }, false)
          close()
        }
      }}
    >
      <div className="quick" role="group" aria-label="Relative ranges">
        {ranges.map((r) => (
          <Button key={r} on={range.relative === r} aria-pressed={range.relative === r} onClick={() => choose(r)}>
            {r}
          </Button>
        ))}
      </div>
      <label className="labelled">
        Other span
        <input className="field" value={own} onChange={(e) => setOwn(e.target.value)} placeholder="6h, 14d, 4w" />
      </label>
      <div className="row">
        <label className="labelled grow">
          From (UTC)
          <input className="field" value={from} onChange={(e) => setFrom(e.target.value)} aria-describedby="range-wrong" />
        </label>
        <label className="labelled grow">
          To (UTC)
          <input className="field" value={to} onChange={(e) => setTo(e.target.value)} aria-describedby="range-wrong" />
        </label>
      </div>
      <div id="range-wrong" role="alert" style={{ color: 'var(--bad)' }}>
        {wrong}
      </div>
      <Button kind="primary" type="submit">
        Apply
      </Button>
    </form>
  )
}

export function TenantPicker() {
  const { server } = useSession()
  const { tenant } = useScope()
  const tenants = server?.tenants ?? []
  if (tenants.length < 2 && !tenant) return null
  const name = (id: string) => tenants.find((t) => t.id === id)?.name || id
  return (
    <Menu
      label="Tenant"
      button={(p) => (
        <button type="button" className="button" {...p} aria-label={tenant ? `Tenant: ${name(tenant)}` : 'All tenants'}>
          <Icon name="building" />
          <span className="wide cut" style={{ maxWidth: 160 }}>
            {tenant ? name(tenant) : 'All tenants'}
          </span>
          <Icon name="down" size={12} />
        </button>
      )}
    >
      {(close) => (
        <>
          {['', ...tenants.map((t) => t.id)].map((id) => (
            <Item
              key={id}
              checked={tenant === id}
              onClick={() => {
                set({ tenant: id }, false)
                close()
              }}
            >
              <span className="cut">{id ? name(id) : 'All tenants'}</span>
            </Item>
          ))}
        </>
      )}
    </Menu>
  )
}
