import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import { places } from './nav'
import { Icon, type IconName } from '../ui/icons'
import { items } from '../lib/api'
import { go, href, queryHref } from '../lib/url'
import { quote } from '../lib/kql'

interface Entry {
  group: string
  label: string
  hint?: string
  icon: IconName
  run: () => void
}

/** score says how well text fits; 0: not at all. Letters in order will do. */
export function score(text: string, find: string): number {
  const t = text.toLowerCase()
  const f = find.toLowerCase().trim()
  if (!f) return 1
  const i = t.indexOf(f)
  if (i >= 0) return 100 - Math.min(i, 50) - t.length / 100
  let at = -1
  for (const c of f) {
    at = t.indexOf(c, at + 1)
    if (at < 0) return 0
  }
  return 1
}

/** guesses are what a pasted value may mean. */
export function guesses(text: string): { label: string; hint: string; icon: IconName; to: string }[] {
  const t = text.trim()
  const out: { label: string; hint: string; icon: IconName; to: string }[] = []
  if (/^[^\s@]+@[^\s@]+$/.test(t)) out.push({ label: `Timeline of ${t}`, hint: 'Person', icon: 'person', to: href('/person/' + encodeURIComponent(t)) })
  if (/^(\d{1,3}\.){3}\d{1,3}$/.test(t) || /^[0-9a-f:]+:[0-9a-f:]+$/i.test(t)) out.push({ label: `Sign-ins from ${t}`, hint: 'Query', icon: 'query', to: queryHref(`union isfuzzy=true SigninLogs, AADNonInteractiveUserSignInLogs\n| where IPAddress == ${quote(t)}\n| order by TimeGenerated desc`) })
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-/i.test(t)) out.push({ label: `Everything with ${t}`, hint: 'Query', icon: 'query', to: queryHref(`union SigninLogs, AADNonInteractiveUserSignInLogs, AuditLogs\n| where CorrelationId == ${quote(t)} or Id == ${quote(t)}\n| order by TimeGenerated asc`) })
  if (t.includes('|')) out.push({ label: 'Run this query', hint: t, icon: 'play', to: queryHref(t) })
  else if (t.length > 2) out.push({ label: `Search all tables for “${t}”`, hint: 'search', icon: 'search', to: queryHref(`search ${quote(t)}\n| take 200`) })
  return out
}

export function Palette({ close, actions }: { close: () => void; actions: Entry[] }) {
  const ref = useRef<HTMLDialogElement>(null)
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const saved = useQuery({ queryKey: ['saved'], queryFn: () => items<{ name: string; title: string; query: string }>('/v1/saved'), retry: false })
  const boards = useQuery({ queryKey: ['dashboards'], queryFn: () => items<{ id: string; title: string }>('/v1/dashboards'), retry: false })
  useEffect(() => {
    if (!ref.current?.open) ref.current?.showModal()
  }, [])
  const list = useMemo(() => {
    const all: Entry[] = [
      ...places.map((p) => ({ group: 'Go to', label: p.label, hint: `g ${p.key}`, icon: p.icon, run: () => go(href(p.path)) })),
      ...(boards.data ?? []).map((d) => ({ group: 'Dashboards', label: d.title, icon: 'dashboards' as const, run: () => go(href('/dashboards/' + d.id)) })),
      ...actions,
      ...(saved.data ?? []).map((s) => ({ group: 'Saved queries', label: s.title || s.name, icon: 'star' as const, run: () => go(queryHref(s.query)) })),
    ]
    const fit = all
      .map((e) => ({ e, s: score(e.label, text) }))
      .filter((x) => x.s > 0)
      .sort((a, b) => (text ? b.s - a.s : 0))
      .slice(0, 40)
      .map((x) => x.e)
    return [...fit.filter((e) => score(e.label, text) > 20 || !text), ...guesses(text).map((g) => ({ group: 'Look for', label: g.label, hint: g.hint, icon: g.icon, run: () => go(g.to) })), ...fit.filter((e) => text && score(e.label, text) <= 20)]
  }, [text, saved.data, boards.data, actions])
  const chosen = Math.min(at, list.length - 1)
  const run = (e: Entry | undefined) => {
    if (!e) return
    close()
    e.run()
  }
  return (
    <dialog
      ref={ref}
      className="dialog palette"
      aria-label="Search and commands"
      onCancel={(e) => {
        e.preventDefault()
        close()
      }}
      onClick={(e) => e.target === e.currentTarget && close()}
    >
      <input
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={list.length ? `palette-${chosen}` : undefined}
        aria-label="Search pages, people, addresses and queries"
        placeholder="A page, a person, an address, an id, or KQL"
        value={text}
        autoFocus
        spellCheck={false}
        onChange={(e) => {
          setText(e.target.value)
          setAt(0)
        }}
        onKeyDown={(e) => {
          if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
            e.preventDefault()
            const n = (chosen + (e.key === 'ArrowDown' ? 1 : -1) + list.length) % Math.max(1, list.length)
            setAt(n)
            document.getElementById(`palette-${n}`)?.scrollIntoView({ block: 'nearest' })
          } else if (e.key === 'Enter') {
            e.preventDefault()
            run(list[chosen])
          }
        }}
      />
      <ul id="palette-list" role="listbox" aria-label="Results">
        {list.map((e, i) => (
          <li key={i} id={`palette-${i}`} role="option" aria-selected={i === chosen} className={'item' + (i === chosen ? ' on' : '')} onPointerMove={() => setAt(i)} onClick={() => run(e)}>
            <Icon name={e.icon} />
            <span className="cut">{e.label}</span>
            <span className="muted cut" style={{ maxWidth: 200 }}>
              {e.hint ?? e.group}
            </span>
          </li>
        ))}
      </ul>
    </dialog>
  )
}
