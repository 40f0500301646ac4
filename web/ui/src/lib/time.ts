// Ranges and times. Everything is UTC; local time is shown on hover alone.

export interface Range {
  from: Date
  to: Date
  /** such as "24h": the range moves with the clock. Absent: it is fixed. */
  relative?: string
}

export const ranges = ['15m', '1h', '4h', '24h', '3d', '7d', '30d', '90d'] as const
export const defaultRange = '24h'

const units: Record<string, number> = { m: 60e3, h: 3600e3, d: 86400e3, w: 7 * 86400e3 }

export function span(text: string): number | undefined {
  const m = /^(\d+)([mhdw])$/.exec(text)
  return m ? Number(m[1]) * units[m[2]!]! : undefined
}

/** rangeOf reads the range of a link. The end is the last whole ten seconds, so that
 * people who look at the same time ask the same. */
export function rangeOf(search: URLSearchParams, now: Date): Range {
  const from = date(search.get('from'))
  const to = date(search.get('to'))
  if (from && to && from < to) return { from, to }
  const given = search.get('range') ?? defaultRange
  const ms = span(given)
  const end = new Date(Math.floor(now.getTime() / 10e3) * 10e3)
  return ms ? { from: new Date(end.getTime() - ms), to: end, relative: given } : { from: new Date(end.getTime() - units.d!), to: end, relative: defaultRange }
}

export function date(text: string | null | undefined): Date | undefined {
  if (!text) return undefined
  const iso = /^\d{4}-\d\d-\d\d$/.test(text) ? text + 'T00:00:00Z' : /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?$/.test(text) ? text.replace(' ', 'T') + 'Z' : text
  const t = new Date(iso)
  return Number.isNaN(t.getTime()) ? undefined : t
}

const names: Record<string, [string, string]> = { m: ['minute', 'minutes'], h: ['hour', 'hours'], d: ['day', 'days'], w: ['week', 'weeks'] }

export function rangeLabel(r: Range): string {
  if (r.relative) {
    const m = /^(\d+)([mhdw])$/.exec(r.relative)!
    const n = Number(m[1])
    return n === 1 ? `Last ${names[m[2]!]![0]}` : `Last ${n} ${names[m[2]!]![1]}`
  }
  return `${utc(r.from, 'minute')} – ${utc(r.to, 'minute')} UTC`
}

const two = (n: number) => String(n).padStart(2, '0')

/** utc writes a time as 2026-11-24 09:05:01. */
export function utc(t: Date | string, precision: 'day' | 'minute' | 'second' | 'milli' = 'second'): string {
  const d = typeof t === 'string' ? new Date(t) : t
  if (Number.isNaN(d.getTime())) return String(t)
  const day = `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`
  if (precision === 'day') return day
  const minute = `${day} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`
  if (precision === 'minute') return minute
  const second = `${minute}:${two(d.getUTCSeconds())}`
  return precision === 'second' ? second : `${second}.${String(d.getUTCMilliseconds()).padStart(3, '0')}`
}

export function clock(t: Date | string): string {
  return utc(t).slice(11)
}

export function local(t: Date | string): string {
  const d = typeof t === 'string' ? new Date(t) : t
  return d.toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'long' })
}

/** ago says how long ago: "3 min ago", "in 5 h". */
export function ago(t: Date | string, now: Date = new Date()): string {
  const ms = now.getTime() - (typeof t === 'string' ? new Date(t) : t).getTime()
  if (Number.isNaN(ms)) return ''
  const text = duration(Math.abs(ms) / 1000)
  if (Math.abs(ms) < 5000) return 'just now'
  return ms >= 0 ? `${text} ago` : `in ${text}`
}

export function duration(seconds: number): string {
  const s = Math.abs(seconds)
  if (s < 1) return `${Math.round(s * 1000)} ms`
  if (s < 90) return `${s < 10 ? Number(s.toFixed(1)) : Math.round(s)} s`
  if (s < 90 * 60) return `${Math.round(s / 60)} min`
  if (s < 36 * 3600) return `${Math.round(s / 3600)} h`
  return `${Math.round(s / 86400)} days`
}
