// Tabs of Query. Their texts are kept in this browser, their results as long as
// the page is open.
import { load, save, useStored } from '../../lib/store'
import type { Result } from '../../lib/api'

export interface Tab {
  id: string
  title: string
  text: string
}
export interface Run {
  state: 'running' | 'done' | 'failed'
  statement: string
  /** where the statement stands in the tab's text */
  at: number
  range: { from: string; to: string }
  tenant: string
  started: number
  took?: number
  result?: Result
  error?: unknown
}

const start = `// Failed sign-ins by application and reason. Shift+Enter runs what the cursor is in.
SigninLogs
| where ResultType != "0"
| summarize Failures = count(), Users = dcount(UserPrincipalName) by AppDisplayName, ResultType, ResultDescription
| order by Failures desc
`

function fresh(text = ''): Tab {
  return { id: Math.random().toString(36).slice(2, 9), title: '', text }
}

const first: Tab[] = [{ id: 'first', title: '', text: start }]

export function useTabs(): [Tab[], (t: Tab[]) => void] {
  const [tabs, setTabs] = useStored<Tab[]>('tabs', first)
  return [tabs.length ? tabs : first, setTabs]
}

export function tabsNow(): Tab[] {
  const t = load<Tab[]>('tabs', first)
  return t.length ? t : first
}

/** open gives the tab with this text, or makes one. */
export function open(text: string): Tab {
  const tabs = tabsNow()
  const same = tabs.find((t) => t.text.trim() === text.trim())
  if (same) return same
  const t = fresh(text.trim() + '\n')
  save('tabs', [...tabs.filter((x) => x.text.trim() && !(x.id === 'first' && x.text === start)), t].slice(-20))
  return t
}

export function add(text = ''): Tab {
  const t = fresh(text)
  save('tabs', [...tabsNow(), t].slice(-20))
  return t
}

export function update(id: string, change: Partial<Tab>) {
  save(
    'tabs',
    tabsNow().map((t) => (t.id === id ? { ...t, ...change } : t)),
  )
}

export function close(id: string): Tab {
  const tabs = tabsNow()
  const i = tabs.findIndex((t) => t.id === id)
  const rest = tabs.filter((t) => t.id !== id)
  const left = rest.length ? rest : [fresh()]
  save('tabs', left)
  return left[Math.max(0, Math.min(i, left.length - 1))]!
}

/** titleOf names a tab by its comment, or by the table it begins with. */
export function titleOf(t: Tab): string {
  if (t.title) return t.title
  const comment = /^\s*\/\/+\s*(.+)/.exec(t.text)?.[1]
  if (comment) return comment.length > 28 ? comment.slice(0, 27) + '…' : comment
  return /^\s*([A-Za-z_]\w*)/m.exec(t.text)?.[1] ?? 'New query'
}

export const runs = new Map<string, Run>()
