// What every page needs to know: who is signed in, and which time and tenant
// are looked at.
import { createContext, useContext, useEffect, useMemo, useState } from 'react'
import type { Session } from './api'
import { rangeOf, type Range } from './time'
import { useLoc } from './url'

export const SessionContext = createContext<Session>({ signedIn: false })

export function useSession(): Session {
  return useContext(SessionContext)
}

/** useMay says whether the person may do something. */
export function useMay(what: string): boolean {
  return useSession().may?.includes(what) ?? false
}

export interface Scope {
  range: Range
  from: string
  to: string
  tenant: string
}

const TickContext = createContext(0)
export const TickProvider = TickContext.Provider

/** useTick counts up when relative ranges move on. */
export function useTicker(): number {
  const [tick, setTick] = useState(0)
  useEffect(() => {
    const t = setInterval(() => {
      if (!document.hidden) setTick((n) => n + 1)
    }, 30_000)
    const refresh = () => setTick((n) => n + 1)
    window.addEventListener('wholelog:refresh', refresh)
    return () => {
      clearInterval(t)
      window.removeEventListener('wholelog:refresh', refresh)
    }
  }, [])
  return tick
}

/** refresh moves relative ranges on at once. */
export function refresh() {
  window.dispatchEvent(new Event('wholelog:refresh'))
}

/** useScope gives the time and tenant that are looked at. */
export function useScope(): Scope {
  const { search } = useLoc()
  const tick = useContext(TickContext)
  const key = `${search.get('range')}|${search.get('from')}|${search.get('to')}`
  const range = useMemo(() => rangeOf(search, new Date()), [key, tick])
  return { range, from: range.from.toISOString(), to: range.to.toISOString(), tenant: search.get('tenant') ?? '' }
}
