// Dashboards: their types, and how the page reads a panel's rows.
import type { Result } from './api'
import { isNumeric, number } from './format'

export interface PanelDef {
  id: string
  title: string
  description?: string
  kql?: string
  kind: 'tile' | 'timechart' | 'barchart' | 'piechart' | 'table' | 'map' | 'heatmap' | string
  width?: number
  height?: number
  unit?: string
  good?: 'up' | 'down' | ''
  compare?: boolean
  drill?: string
}
export interface Board {
  id: string
  title: string
  description?: string
  own?: boolean
  panels: PanelDef[]
  parameters?: { name: string; type?: string; default?: string }[]
}

export interface TileData {
  value: number | null
  previous: number | null
  series: number[]
  text: string
}

/** tileData reads one row with Value, Previous, Series and Text, or a series
 * over time whose sum is the value. */
export function tileData(r: Result): TileData {
  const index = (n: string) => r.columns.findIndex((c) => c.name.toLowerCase() === n)
  const first = r.rows[0]
  const out: TileData = { value: null, previous: null, series: [], text: '' }
  if (!first) return out
  const time = r.columns.findIndex((c) => c.type === 'datetime')
  const named = index('value')
  const v = named >= 0 ? named : r.columns.findIndex((c) => isNumeric(c.type) || c.type === 'timespan')
  if (time >= 0 && v >= 0 && (r.rows.length > 1 || named < 0)) {
    out.series = r.rows.map((row) => number(row[v]))
    out.value = out.series.reduce((a, b) => a + (b || 0), 0)
    return out
  }
  const cell = (i: number) => (i >= 0 && first[i] !== null && first[i] !== undefined && first[i] !== '' ? number(first[i]) : null)
  out.value = clean(cell(v))
  out.previous = clean(cell(index('previous')))
  const s = first[index('series')] ?? (first.find((c) => Array.isArray(c)) as unknown)
  if (Array.isArray(s)) out.series = s.map((n) => number(n))
  const t = first[index('text')]
  if (typeof t === 'string') out.text = t
  return out
}

function clean(n: number | null): number | null {
  return n === null || Number.isNaN(n) ? null : n
}

/** change compares with the span before, in percent of it, or in points. */
export function change(now: number | null, before: number | null, unit?: string): { text: string; up: boolean | null } | null {
  if (now === null || before === null) return null
  if (unit === '%') {
    const d = now - before
    return { text: `${d >= 0 ? '+' : '−'}${Math.abs(d).toFixed(1)} pt`, up: Math.abs(d) < 0.05 ? null : d > 0 }
  }
  if (before === 0) return now === 0 ? { text: 'unchanged', up: null } : { text: 'none before', up: null }
  const d = (100 * (now - before)) / before
  return { text: Math.abs(d) < 0.5 ? 'unchanged' : `${d >= 0 ? '+' : '−'}${Math.abs(d) >= 1000 ? '>999' : Math.abs(d).toFixed(0)}%`, up: Math.abs(d) < 0.5 ? null : d > 0 }
}

/** groups puts panels into rows of twelve columns; a row of tiles is one band. */
export function widthOf(p: PanelDef): number {
  return Math.max(1, Math.min(12, p.width || { tile: 2, timechart: 8, map: 8, table: 6, barchart: 4, piechart: 4, heatmap: 6 }[p.kind] || 6))
}

export function heightOf(p: PanelDef): number {
  const h = p.height ?? 0
  if (h > 24) return h // pixels
  return p.kind === 'tile' ? 112 : h > 0 ? 40 + h * 60 : 300
}
