import { useLayoutEffect, useRef, useState, type RefObject } from 'react'

/** useSize measures an element; before the first measure it is 0 wide. */
export function useSize<T extends HTMLElement>(): [RefObject<T | null>, number, number] {
  const ref = useRef<T>(null)
  const [size, setSize] = useState<[number, number]>([0, 0])
  useLayoutEffect(() => {
    const el = ref.current
    if (!el) return
    const measure = () => setSize((s) => (s[0] === el.clientWidth && s[1] === el.clientHeight ? s : [el.clientWidth, el.clientHeight]))
    measure()
    const o = new ResizeObserver(measure)
    o.observe(el)
    return () => o.disconnect()
  }, [])
  return [ref, size[0], size[1]]
}

/** color is that of a series; it stays the same for its place. */
export function color(i: number): string {
  return `var(--c${(i % 8) + 1})`
}

/** colorOf gives known outcomes the colour that they mean. */
export function colorOf(name: string, i: number): string {
  const n = name.toLowerCase()
  if (/^(fail|error|denied|blocked|gap)/.test(n)) return 'var(--sev-high)'
  if (/^(success|allowed|proven|ok)/.test(n)) return 'var(--c1)'
  if (/^(interrupt|mfa required|warning)/.test(n)) return 'var(--c5)'
  return color(i)
}
