// Server-sent events: one connection per page, shared by who listens.
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { items } from './api'

export interface LiveRow {
  TimeGenerated: string
  [column: string]: unknown
}
export interface LiveRows {
  table: string
  rows: LiveRow[]
}
export interface LiveStatus {
  rows?: number
  lag?: number
  open?: number
}
type Handler = (event: 'rows' | 'incident' | 'status' | 'reset', data: unknown) => void

let source: EventSource | undefined
let at = ''
const handlers = new Set<Handler>()
const states = new Set<(on: boolean) => void>()
let on = false

function state(v: boolean) {
  on = v
  for (const s of states) s(v)
}

function connect(tenant: string) {
  at = tenant
  source?.close()
  source = new EventSource('/v1/live' + (tenant ? '?tenant=' + encodeURIComponent(tenant) : ''))
  source.onopen = () => state(true)
  source.onerror = () => state(false)
  for (const name of ['rows', 'incident', 'status', 'reset'] as const) {
    source.addEventListener(name, (e) => {
      const data: unknown = e.data ? JSON.parse(e.data as string) : undefined
      for (const h of handlers) h(name, data)
    })
  }
}

/** useLive listens while the component is there; says whether it is connected. */
export function useLive(handler: Handler, tenant = ''): boolean {
  const ref = useRef(handler)
  ref.current = handler
  const [connected, setConnected] = useState(on)
  useEffect(() => {
    const h: Handler = (e, d) => ref.current(e, d)
    handlers.add(h)
    states.add(setConnected)
    if (!source || at !== tenant) connect(tenant)
    return () => {
      handlers.delete(h)
      states.delete(setConnected)
      // A change of page listens again at once; only who stays away hangs up.
      setTimeout(() => {
        if (handlers.size === 0) {
          source?.close()
          source = undefined
          state(false)
        }
      }, 1000)
    }
  }, [tenant])
  return connected
}

export interface Incident {
  id: string
  number: number
  tenant?: string
  title: string
  description: string
  severity: string
  status: string
  classification?: string
  reason?: string
  closing?: string
  owner?: string
  comments?: { at: string; by: string; text: string }[]
  labels?: string[]
  created: string
  modified: string
  modifiedBy?: string
  closed?: string
  first: string
  last: string
  rules: string[]
  alerts: string[]
  entities?: { Type?: string; type?: string; Fields?: Record<string, string>; fields?: Record<string, string> }[]
  tactics?: string[]
  techniques?: string[]
  tasks?: string[]
  urgent?: boolean
  late?: boolean
}

export function useIncidents(all: boolean) {
  return useQuery({ queryKey: ['incidents', all], queryFn: () => items<Incident>('/v1/incidents' + (all ? '?status=all' : '')), refetchInterval: 30_000, retry: false })
}

export function useOpenIncidents(): number {
  return useIncidents(false).data?.length ?? 0
}
