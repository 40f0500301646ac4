// What this browser remembers: theme, tabs of Query, history of the palette.
// Nothing of it is a secret, and all of it may be missing.
import { useCallback, useSyncExternalStore } from 'react'

const cache = new Map<string, unknown>()
const heard = new Map<string, Set<() => void>>()

export function load<T>(key: string, otherwise: T): T {
  if (cache.has(key)) return cache.get(key) as T
  let v = otherwise
  try {
    const text = localStorage.getItem('wholelog.' + key)
    if (text) v = JSON.parse(text) as T
  } catch {
    // Unreadable or forbidden: as if it were not there.
  }
  cache.set(key, v)
  return v
}

export function save<T>(key: string, v: T) {
  cache.set(key, v)
  try {
    localStorage.setItem('wholelog.' + key, JSON.stringify(v))
  } catch {
    // Full or forbidden: it holds until the page is closed.
  }
  for (const f of heard.get(key) ?? []) f()
}

export function useStored<T>(key: string, otherwise: T): [T, (v: T) => void] {
  const v = useSyncExternalStore(
    useCallback(
      (f) => {
        const set = heard.get(key) ?? new Set()
        heard.set(key, set)
        set.add(f)
        return () => void set.delete(f)
      },
      [key],
    ),
    () => load(key, otherwise),
  )
  return [v, useCallback((n: T) => save(key, n), [key])]
}
