import { ticks, type BarData } from './data'
import { color, useSize } from './size'
import { short } from '../lib/format'

const pad = { left: 48, right: 12, top: 10, bottom: 64 }

/** Columns draws labelled values side by side, as columns, a line or points. */
export function Columns({ data, title, kind }: { data: BarData; title: string; kind: 'columnchart' | 'linechart' | 'areachart' | 'scatterchart' }) {
  const [box, width, height] = useSize<HTMLDivElement>()
  const bars = data.bars.slice(0, 200)
  const all = bars.flatMap((b) => b.values)
  const ys = ticks(Math.min(0, ...all), Math.max(0, ...all), 5)
  const y0 = ys[0]!
  const y1 = ys[ys.length - 1]!
  const w = Math.max(10, width - pad.left - pad.right)
  const h = Math.max(10, height - pad.top - pad.bottom)
  const slot = w / Math.max(1, bars.length)
  const x = (i: number) => pad.left + (i + 0.5) * slot
  const y = (v: number) => pad.top + h - ((v - y0) / (y1 - y0)) * h
  const every = Math.max(1, Math.ceil(22 / slot))
  const n = data.names.length
  const wide = Math.min(64, slot * 0.76) / Math.max(1, n)
  return (
    <div className="chart-box">
      <div className="chart plain" ref={box}>
        {width > 0 && (
          <svg width={width} height={height} role="img" aria-label={`${title}: ${bars.slice(0, 8).map((b) => `${b.label} ${b.values[0]}`).join(', ')}`}>
            {ys.map((v) => (
              <g key={v}>
                <line className="gridline" x1={pad.left} x2={width - pad.right} y1={y(v)} y2={y(v)} />
                <text className="tick" x={pad.left - 6} y={y(v) + 3.5} textAnchor="end">
                  {short(v)}
                </text>
              </g>
            ))}
            {data.names.map((name, s) =>
              kind === 'columnchart' ? (
                <g key={name} fill={color(s)}>
                  {bars.map((b, i) => (
                    <rect key={i} x={x(i) - (wide * n) / 2 + s * wide} width={Math.max(1, wide - 1)} y={Math.min(y(0), y(b.values[s] ?? 0))} height={Math.abs(y(b.values[s] ?? 0) - y(0))} rx={1}>
                      <title>{`${b.label}: ${b.values[s]}`}</title>
                    </rect>
                  ))}
                </g>
              ) : kind === 'scatterchart' ? (
                <g key={name} fill={color(s)}>
                  {bars.map((b, i) => (
                    <circle key={i} cx={x(i)} cy={y(b.values[s] ?? 0)} r={4}>
                      <title>{`${b.label}: ${b.values[s]}`}</title>
                    </circle>
                  ))}
                </g>
              ) : (
                <path key={name} d={bars.map((b, i) => `${i ? 'L' : 'M'}${x(i)} ${y(b.values[s] ?? 0)}`).join('')} fill="none" stroke={color(s)} strokeWidth={1.6} />
              ),
            )}
            {bars.map((b, i) =>
              i % every ? null : (
                <text key={i} className="tick" transform={`translate(${x(i) + 3} ${pad.top + h + 12}) rotate(${slot > 90 ? 0 : -35})`} textAnchor={slot > 90 ? 'middle' : 'end'}>
                  {b.label.length > 22 ? b.label.slice(0, 21) + '…' : b.label}
                </text>
              ),
            )}
          </svg>
        )}
      </div>
      {n > 1 && (
        <div className="legend">
          {data.names.map((name, s) => (
            <span key={name} className="row">
              <span className="swatch" style={{ background: color(s) }} /> {name}
            </span>
          ))}
        </div>
      )}
    </div>
  )
}
