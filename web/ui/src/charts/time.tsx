import { useId, useMemo, useState, type KeyboardEvent, type PointerEvent } from 'react'
import { filled, ticks, timeTicks, type TimeData } from './data'
import { colorOf, useSize } from './size'
import { short } from '../lib/format'
import { duration, utc } from '../lib/time'

export type TimeKind = 'line' | 'area' | 'stack' | 'column' | 'scatter'

interface Props {
  data: TimeData
  kind: TimeKind
  title: string
  height?: number
  from?: number
  to?: number
  unit?: string
  /** a bucket of one series was chosen */
  onPick?: (from: number, to: number, series?: string) => void
  /** a stretch was marked */
  onBrush?: (from: number, to: number) => void
}

const pad = { left: 44, right: 8, top: 8, bottom: 20 }

/** TimeChart draws series over time. The pointer or the arrow keys move a line
 * with all values; dragging marks a stretch; Enter opens what is under it. */
export function TimeChart({ data, kind, title, height: given, from, to, unit, onPick, onBrush }: Props) {
  const [box, width, measured] = useSize<HTMLDivElement>()
  const height = given ?? Math.max(120, measured)
  const [off, setOff] = useState<ReadonlySet<string>>(new Set())
  const [at, setAt] = useState<number | null>(null)
  const [brush, setBrush] = useState<[number, number] | null>(null)
  const clip = useId()
  const d = useMemo(() => (kind === 'scatter' || kind === 'line' ? data : filled(data, from, to)), [data, kind, from, to])
  const shown = d.series.filter((s) => !off.has(s.name))
  const stacked = kind === 'stack' || kind === 'column'
  const tops = useMemo(() => {
    const sums = d.times.map(() => 0)
    return shown.map((s) => s.values.map((v, i) => (stacked ? [sums[i]!, (sums[i]! += v ?? 0)] : [0, v ?? NaN]) as [number, number]))
  }, [d, off, stacked])
  const bucket = kind === 'column' || kind === 'stack' || kind === 'area' ? d.step : 0
  const x0 = from ?? d.times[0] ?? 0
  const x1 = Math.max(to ?? 0, (d.times[d.times.length - 1] ?? 1) + (kind === 'column' ? bucket : 0), x0 + 1)
  const all = tops.flat().map((t) => t[1]).filter((n) => Number.isFinite(n))
  const ys = ticks(Math.min(0, ...all), Math.max(...all, 0), Math.max(2, Math.round(height / 60)))
  const y0 = ys[0]!
  const y1 = ys[ys.length - 1]!
  const inner = { w: Math.max(10, width - pad.left - pad.right), h: Math.max(10, height - pad.top - pad.bottom) }
  const x = (t: number) => pad.left + ((t - x0) / (x1 - x0)) * inner.w
  const y = (v: number) => pad.top + inner.h - ((v - y0) / (y1 - y0)) * inner.h
  const timeAt = (px: number) => x0 + ((px - pad.left) / inner.w) * (x1 - x0)
  const nearest = (px: number) => {
    const t = timeAt(px) - (kind === 'column' ? bucket / 2 : 0)
    let best = 0
    for (let i = 1; i < d.times.length; i++) if (Math.abs(d.times[i]! - t) < Math.abs(d.times[best]! - t)) best = i
    return d.times.length ? best : null
  }
  const path = (i: number) => {
    let out = ''
    let pen = false
    tops[i]!.forEach(([, v], j) => {
      if (!Number.isFinite(v)) {
        pen = false
        return
      }
      out += `${pen ? 'L' : 'M'}${x(d.times[j]!).toFixed(1)} ${y(v).toFixed(1)}`
      pen = true
    })
    return out
  }
  const area = (i: number) => {
    const back = tops[i]!.map(([b], j) => `L${x(d.times[j]!).toFixed(1)} ${y(b).toFixed(1)}`).reverse().join('')
    return path(i) + back + 'Z'
  }
  const move = (e: PointerEvent) => {
    const px = e.clientX - box.current!.getBoundingClientRect().left
    setAt(nearest(px))
    if (brush) setBrush([brush[0], Math.min(width - pad.right, Math.max(pad.left, px))])
  }
  const up = () => {
    if (brush && onBrush && Math.abs(brush[1] - brush[0]) > 6) {
      const [a, b] = [timeAt(Math.min(...brush)), timeAt(Math.max(...brush))]
      onBrush(a, b)
    } else if (brush && onPick && at !== null) onPick(d.times[at]!, d.times[at]! + (d.step || 60e3))
    setBrush(null)
  }
  const key = (e: KeyboardEvent) => {
    const step = e.key === 'ArrowRight' ? 1 : e.key === 'ArrowLeft' ? -1 : 0
    if (step) {
      e.preventDefault()
      setAt(Math.max(0, Math.min(d.times.length - 1, (at ?? (step > 0 ? -1 : d.times.length)) + step)))
    } else if (e.key === 'Enter' && at !== null && onPick) onPick(d.times[at]!, d.times[at]! + (d.step || 60e3))
    else if (e.key === 'Escape') setAt(null)
  }
  const columnWidth = Math.max(1, (bucket / (x1 - x0)) * inner.w - (bucket / (x1 - x0)) * inner.w * 0.18)
  const hover = at !== null && at < d.times.length ? at : null
  return (
    <div className="chart-box">
      <div
        ref={box}
        className="chart"
        style={given ? { height: given, flex: 'none' } : undefined}
        tabIndex={0}
        role="group"
        aria-label={`${title}: chart of ${d.series.map((s) => s.name).join(', ')}. Arrow keys read values${onPick ? ', Enter opens the query' : ''}.`}
        onKeyDown={key}
        onPointerMove={move}
        onPointerLeave={() => !brush && setAt(null)}
        onPointerDown={(e) => {
          if (e.button !== 0) return
          const px = e.clientX - box.current!.getBoundingClientRect().left
          e.currentTarget.setPointerCapture(e.pointerId)
          setAt(nearest(px))
          setBrush([px, px])
        }}
        onPointerUp={up}
        onBlur={() => setAt(null)}
      >
        {width > 0 && <svg width={width} height={height} aria-hidden="true">
          <clipPath id={clip}>
            <rect x={pad.left} y={0} width={inner.w} height={height} />
          </clipPath>
          {ys.map((v) => (
            <g key={v}>
              <line className="gridline" x1={pad.left} x2={width - pad.right} y1={y(v)} y2={y(v)} />
              <text className="tick" x={pad.left - 6} y={y(v) + 3.5} textAnchor="end">
                {short(v)}
                {unit === '%' ? '%' : ''}
              </text>
            </g>
          ))}
          {timeTicks(x0, x1, Math.max(2, Math.floor(inner.w / 80))).map((t) => (
            <text key={t.at} className="tick" x={x(t.at)} y={height - 5} textAnchor="middle">
              {x(t.at) > pad.left + 10 && x(t.at) < width - 16 ? t.label : ''}
            </text>
          ))}
          <g clipPath={`url(#${clip})`}>
            {hover !== null && kind === 'column' && <rect className="hovered" x={x(d.times[hover]!)} y={pad.top} width={columnWidth} height={inner.h} />}
            {shown.map((s, i) => {
              const c = colorOf(s.name, d.series.indexOf(s))
              if (kind === 'column')
                return (
                  <g key={s.name} fill={c}>
                    {tops[i]!.map(([a, b], j) => (b > a ? <rect key={j} x={x(d.times[j]!)} y={y(b)} width={columnWidth} height={Math.max(0.6, y(a) - y(b))} rx={columnWidth > 6 ? 1 : 0} /> : null))}
                  </g>
                )
              if (kind === 'scatter')
                return (
                  <g key={s.name} fill={c} opacity=".8">
                    {s.values.map((v, j) => (v === null ? null : <circle key={j} cx={x(d.times[j]!)} cy={y(v)} r={3} />))}
                  </g>
                )
              return (
                <g key={s.name}>
                  {(kind === 'area' || kind === 'stack') && <path d={area(i)} fill={c} opacity={kind === 'stack' ? 0.55 : 0.14} />}
                  <path d={path(i)} fill="none" stroke={c} strokeWidth={1.6} strokeLinejoin="round" />
                </g>
              )
            })}
            {brush && <rect className="brush" x={Math.min(...brush)} width={Math.abs(brush[1] - brush[0])} y={pad.top} height={inner.h} />}
            {hover !== null && kind !== 'column' && (
              <>
                <line className="cursor" x1={x(d.times[hover]!)} x2={x(d.times[hover]!)} y1={pad.top} y2={pad.top + inner.h} />
                {shown.map((s, i) => {
                  const v = tops[i]![hover]![1]
                  return Number.isFinite(v) ? <circle key={s.name} cx={x(d.times[hover]!)} cy={y(v)} r={3} fill={colorOf(s.name, d.series.indexOf(s))} stroke="var(--surface)" /> : null
                })}
              </>
            )}
          </g>
        </svg>}
        {hover !== null && !brush && (
          <div className="tip" style={x(d.times[hover]!) > width * 0.6 ? { right: width - x(d.times[hover]!) + 12 } : { left: x(d.times[hover]!) + 12 + (kind === 'column' ? columnWidth : 0) }} role="status">
            <div className="muted">
              {utc(new Date(d.times[hover]!), 'minute')}
              {d.step ? ` + ${duration(d.step / 1000)}` : ''}
            </div>
            {shown
              .map((s) => ({ s, v: s.values[hover] ?? null }))
              .slice(0, 10)
              .map(({ s, v }) => (
                <div key={s.name} className="row">
                  <span className="swatch" style={{ background: colorOf(s.name, d.series.indexOf(s)) }} />
                  <span className="grow cut">{s.name}</span>
                  <b>{v === null ? '–' : short(v)}</b>
                </div>
              ))}
          </div>
        )}
      </div>
      {d.series.length > 1 && (
        <div className="legend" role="group" aria-label="Series">
          {d.series.map((s, i) => (
            <button
              key={s.name}
              type="button"
              aria-pressed={!off.has(s.name)}
              className={off.has(s.name) ? 'off' : ''}
              onClick={() => {
                const n = new Set(off)
                if (!n.delete(s.name)) n.add(s.name)
                setOff(n.size === d.series.length ? new Set() : n)
              }}
            >
              <span className="swatch" style={{ background: colorOf(s.name, i) }} />
              {s.name}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}
