// Keys that work wherever nothing is being typed.
import { useEffect, useRef } from 'react'

export interface Binding {
  keys: string // "g o", "/", "?", "Ctrl+k"
  label: string
  run: () => void
  group?: string
}

const live = new Set<{ current: Binding[] }>()

export function bindings(): Binding[] {
  return [...live].flatMap((b) => b.current)
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}

let first = ''
let firstAt = 0

/** pressed says which binding an event means, given the key before it. */
export function pressed(e: { key: string; ctrlKey?: boolean; metaKey?: boolean; altKey?: boolean }, before: string, all: Binding[]): Binding | undefined {
  const mod = e.ctrlKey || e.metaKey
  if (e.altKey) return undefined
  const key = mod ? 'Ctrl+' + e.key.toLowerCase() : e.key
  return (before && all.find((b) => b.keys === `${before} ${key}`)) || all.find((b) => b.keys === key)
}

function onKey(e: KeyboardEvent) {
  if (e.defaultPrevented || e.isComposing) return
  const mod = e.ctrlKey || e.metaKey
  if (typing(e.target) && !mod) return
  if (document.querySelector('dialog[open]') && !mod) return
  const before = e.timeStamp - firstAt < 1200 ? first : ''
  const all = bindings().reverse()
  const b = pressed(e, before, all)
  first = ''
  if (b) {
    e.preventDefault()
    b.run()
  } else if (!mod && e.key.length === 1) {
    first = e.key
    firstAt = e.timeStamp
  }
}
if (typeof window !== 'undefined') window.addEventListener('keydown', onKey)

/** useKeys binds while the component is there; later ones go first. */
export function useKeys(list: Binding[]) {
  const ref = useRef(list)
  ref.current = list
  useEffect(() => {
    live.add(ref)
    return () => void live.delete(ref)
  }, [])
}
