// All state that a link should carry is in the URL: the page in its path, the
// range, tenant and choices in its search, and the query text in its fragment,
// which never reaches a server's or proxy's log.
import { useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent, createElement } from 'react'

export interface Loc {
  path: string[]
  search: URLSearchParams
  hash: URLSearchParams
}

/** kept are the parameters that a change of page takes along. */
export const kept = ['range', 'from', 'to', 'tenant']

export function parse(href: string): Loc {
  const u = new URL(href, 'http://localhost')
  return {
    path: u.pathname.split('/').filter(Boolean).map(decodeURIComponent),
    search: u.searchParams,
    hash: new URLSearchParams(u.hash.slice(1)),
  }
}

type Values = Record<string, string | number | undefined | null>

/** href makes a link to a page. Kept parameters of `from` stay unless given. */
export function href(path: string, search: Values = {}, hash: Values = {}, from: URLSearchParams = new URLSearchParams(location.search)): string {
  const s = new URLSearchParams()
  const absolute = 'range' in search || 'from' in search
  for (const k of kept) {
    if (absolute && k !== 'tenant') continue
    const v = from.get(k)
    if (v !== null && !(k in search)) s.set(k, v)
  }
  for (const [k, v] of Object.entries(search)) if (v !== undefined && v !== null && v !== '') s.set(k, String(v))
  const h = new URLSearchParams()
  for (const [k, v] of Object.entries(hash)) if (v !== undefined && v !== null && v !== '') h.set(k, String(v))
  const query = s.toString()
  const fragment = h.toString()
  return path + (query ? '?' + query : '') + (fragment ? '#' + fragment : '')
}

/** patched is the present link with some search parameters changed. */
export function patched(change: Values, at: string = location.href): string {
  const u = new URL(at, 'http://localhost')
  for (const [k, v] of Object.entries(change)) {
    if (v === undefined || v === null || v === '') u.searchParams.delete(k)
    else u.searchParams.set(k, String(v))
  }
  return u.pathname + u.search + u.hash
}

const listeners = new Set<() => void>()
let current = parse(typeof location === 'undefined' ? '/' : location.href)
let currentHref = typeof location === 'undefined' ? '/' : location.href

function changed() {
  if (location.href === currentHref) return
  currentHref = location.href
  current = parse(currentHref)
  for (const l of listeners) l()
}
if (typeof window !== 'undefined') {
  window.addEventListener('popstate', changed)
  window.addEventListener('hashchange', changed)
}

export function go(to: string, replace = false) {
  if (replace) history.replaceState(null, '', to)
  else history.pushState(null, '', to)
  changed()
  if (!replace) {
    const at = parse(to)
    if (at.path[0] !== 'query') document.getElementById('main')?.scrollTo?.(0, 0)
  }
}

/** set changes search parameters in place, without a step in the history. */
export function set(change: Values, replace = true) {
  go(patched(change), replace)
}

export function useLoc(): Loc {
  return useSyncExternalStore(
    (l) => {
      listeners.add(l)
      return () => listeners.delete(l)
    },
    () => current,
  )
}

/** Link is an anchor that changes the page without loading it. */
export function Link(props: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  return createElement('a', {
    ...props,
    onClick: (e: MouseEvent<HTMLAnchorElement>) => {
      props.onClick?.(e)
      if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || props.target) return
      e.preventDefault()
      go(props.href)
    },
  })
}

/** openQuery is a link to Query with the text in a tab of its own. */
export function queryHref(text: string, range?: { from: string; to: string }): string {
  return href('/query', range ? { from: range.from, to: range.to } : {}, { q: text, run: '1' })
}
