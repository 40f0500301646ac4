// From rows to what is drawn, by Kusto's rules: the first datetime column is
// the x axis of a time chart, string columns name series, numbers are values.
import { isNumeric, number, text, type Column } from '../lib/format'

export interface Table {
  columns: Column[]
  rows: unknown[][]
}
export interface Series {
  name: string
  values: (number | null)[]
}
export interface TimeData {
  times: number[] // ms
  series: Series[]
  /** most often the distance of neighbours, in ms */
  step: number
}
export interface Options {
  xcolumn?: string
  ycolumns?: string[]
  series?: string[]
}

export function options(v: Record<string, unknown> | undefined): Options {
  const list = (x: unknown) => (Array.isArray(x) ? x.map(String) : typeof x === 'string' && x ? x.split(',').map((s) => s.trim()) : undefined)
  if (!v) return {}
  const p = (typeof v.properties === 'object' && v.properties ? { ...v, ...(v.properties as object) } : v) as Record<string, unknown>
  return { xcolumn: p.xcolumn ? String(p.xcolumn) : undefined, ycolumns: list(p.ycolumns), series: list(p.series) }
}

const others = 'others'

/** timeData turns rows into series over time; null: nothing in them is a time.
 * What a row lacks is 0 where the rows are buckets of several series. */
export function timeData(t: Table, o: Options = {}, most = 8): TimeData | null {
  const made = seriesColumns(t)
  if (made) return made
  const x = o.xcolumn ? t.columns.findIndex((c) => c.name === o.xcolumn) : t.columns.findIndex((c) => c.type === 'datetime')
  if (x < 0) return null
  const values = pick(t, o, x)
  if (values.length === 0) return null
  const names = o.series ? t.columns.flatMap((c, i) => (o.series!.includes(c.name) ? [i] : [])) : t.columns.flatMap((c, i) => (i !== x && (c.type === 'string' || c.type === 'bool' || c.type === 'guid') ? [i] : []))
  const at = new Map<number, Map<string, number>>()
  const total = new Map<string, number>()
  for (const r of t.rows) {
    const time = Date.parse(String(r[x]))
    if (Number.isNaN(time)) continue
    const bucket = at.get(time) ?? new Map<string, number>()
    at.set(time, bucket)
    const label = names.map((i) => text(r[i]) || '(empty)').join(', ')
    for (const v of values) {
      const n = number(r[v])
      if (Number.isNaN(n)) continue
      const key = names.length ? (values.length > 1 ? `${label}: ${t.columns[v]!.name}` : label) : t.columns[v]!.name
      bucket.set(key, (bucket.get(key) ?? 0) + n)
      total.set(key, (total.get(key) ?? 0) + Math.abs(n))
    }
  }
  const times = [...at.keys()].sort((a, b) => a - b)
  let keys = [...total.keys()]
  if (names.length || keys.length > most) keys.sort((a, b) => total.get(b)! - total.get(a)!)
  const rest = keys.length > most ? keys.slice(most - 1) : []
  if (rest.length) keys = keys.slice(0, most - 1)
  const zero = names.length > 0
  const series = keys.map((name) => ({ name, values: times.map((time) => at.get(time)!.get(name) ?? (zero ? 0 : null)) }))
  if (rest.length) series.push({ name: `${rest.length} ${others}`, values: times.map((time) => rest.reduce((n, k) => n + (at.get(time)!.get(k) ?? 0), 0)) })
  return { times, series, step: stepOf(times) }
}

// make-series gives arrays: times in one column, values in others.
function seriesColumns(t: Table): TimeData | null {
  const first = t.rows[0]
  if (!first) return null
  const dynamic = t.columns.flatMap((c, i) => (c.type === 'dynamic' && Array.isArray(first[i]) ? [i] : []))
  const x = dynamic.find((i) => typeof (first[i] as unknown[])[0] === 'string' && !Number.isNaN(Date.parse(String((first[i] as unknown[])[0]))))
  if (x === undefined) return null
  const times = (first[x] as unknown[]).map((v) => Date.parse(String(v)))
  const ys = dynamic.filter((i) => i !== x && (first[i] as unknown[]).every((v) => v === null || !Number.isNaN(number(v))))
  const labels = t.columns.flatMap((c, i) => (c.type === 'string' ? [i] : []))
  const series = t.rows.slice(0, 12).flatMap((r) =>
    ys.map((y) => ({
      name: [labels.map((i) => text(r[i])).join(', '), ys.length > 1 || labels.length === 0 ? t.columns[y]!.name : ''].filter(Boolean).join(': '),
      values: (r[y] as unknown[]).map((v) => (v === null ? null : number(v))),
    })),
  )
  return series.length ? { times, series, step: stepOf(times) } : null
}

function pick(t: Table, o: Options, x: number): number[] {
  if (o.ycolumns?.length) return t.columns.flatMap((c, i) => (o.ycolumns!.includes(c.name) ? [i] : []))
  return t.columns.flatMap((c, i) => (i !== x && (isNumeric(c.type) || c.type === 'timespan') ? [i] : []))
}

export function stepOf(times: number[]): number {
  const gaps = new Map<number, number>()
  for (let i = 1; i < times.length; i++) {
    const g = times[i]! - times[i - 1]!
    gaps.set(g, (gaps.get(g) ?? 0) + 1)
  }
  return [...gaps].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0] ?? 0
}

/** filled puts empty buckets where a bin has no row, so that a line does not
 * run across silence. */
export function filled(d: TimeData, from?: number, to?: number): TimeData {
  if (d.step <= 0 || d.times.length === 0) return d
  const first = d.times[0]!
  const last = d.times[d.times.length - 1]!
  const start = from !== undefined && from < first ? first - Math.floor((first - from) / d.step) * d.step : first
  const end = to !== undefined && to > last ? last + Math.floor((to - 1 - last) / d.step) * d.step : last
  const n = Math.round((end - start) / d.step) + 1
  if (n > 3000 || d.times.some((t) => (t - start) % d.step !== 0)) return d
  const index = new Map(d.times.map((t, i) => [t, i]))
  const times = Array.from({ length: n }, (_, i) => start + i * d.step)
  return { ...d, times, series: d.series.map((s) => ({ name: s.name, values: times.map((t) => (index.has(t) ? s.values[index.get(t)!]! : 0)) })) }
}

export interface Bar {
  label: string
  values: number[]
  row: number
}
export interface BarData {
  bars: Bar[]
  names: string[]
  total: number
}

/** barData takes labels and numbers of rows. */
export function barData(t: Table, o: Options = {}): BarData {
  const values = pick(t, o, -1)
  const x = o.xcolumn ? t.columns.findIndex((c) => c.name === o.xcolumn) : -1
  const labels = x >= 0 ? [x] : t.columns.flatMap((_, i) => (values.includes(i) ? [] : [i]))
  const shown = labels.length === 0 && values.length > 1 ? values.slice(1) : values
  const by = labels.length === 0 && values.length > 1 ? [values[0]!] : labels
  const bars = t.rows.map((r, row) => ({ label: by.map((i) => text(r[i], t.columns[i]!.type)).filter(Boolean).join(' · ') || '(empty)', values: shown.map((i) => number(r[i]) || 0), row }))
  return { bars, names: shown.map((i) => t.columns[i]!.name), total: bars.reduce((n, b) => n + (b.values[0] ?? 0), 0) }
}

/** ticks are round numbers from 0 (or below) to at least the most. */
export function ticks(min: number, max: number, want = 4): number[] {
  if (!(max > min)) max = min + 1
  const raw = (max - min) / want
  const mag = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 2.5, 5, 10].map((m) => m * mag).find((s) => s >= raw) ?? raw
  const out: number[] = []
  for (let v = Math.floor(min / step) * step; v < max + step * 0.999; v += step) out.push(Number(v.toPrecision(12)))
  return out
}

const timeSteps = [1e3, 5e3, 15e3, 30e3, 60e3, 300e3, 900e3, 1800e3, 3600e3, 10800e3, 21600e3, 43200e3, 86400e3, 2 * 86400e3, 3 * 86400e3, 7 * 86400e3, 14 * 86400e3, 30 * 86400e3, 90 * 86400e3, 365 * 86400e3]

/** timeTicks are round times of UTC. */
export function timeTicks(from: number, to: number, want: number): { at: number; label: string }[] {
  const step = timeSteps.find((s) => (to - from) / s <= want + 0.5) ?? timeSteps[timeSteps.length - 1]!
  const out: { at: number; label: string }[] = []
  for (let t = Math.ceil(from / step) * step; t <= to; t += step) {
    const iso = new Date(t).toISOString()
    const day = iso.slice(5, 10)
    out.push({ at: t, label: step >= 86400e3 ? day : t % 86400e3 === 0 ? day : step < 60e3 ? iso.slice(11, 19) : iso.slice(11, 16) })
  }
  return out
}
