import type { BarData } from './data'
import { colorOf } from './size'
import { short } from '../lib/format'

/** BarList is a ranking: label, bar, number. Each line can open something. */
export function BarList({ data, onPick, most = 12, unit, tone }: { data: BarData; onPick?: (row: number) => void; most?: number; unit?: string; tone?: string }) {
  const max = Math.max(...data.bars.map((b) => b.values[0] ?? 0), 0)
  const shown = data.bars.slice(0, most)
  return (
    <ol className="barlist">
      {shown.map((b) => {
        const inner = (
          <>
            <span className="bar" style={{ width: `${max ? (100 * (b.values[0] ?? 0)) / max : 0}%`, background: tone }} />
            <span className="cut" title={b.label}>
              {b.label}
            </span>
            <span className="num">
              {short(b.values[0] ?? 0)}
              {unit === '%' ? '%' : ''}
            </span>
          </>
        )
        return (
          <li key={b.row}>
            {onPick ? (
              <button type="button" onClick={() => onPick(b.row)}>
                {inner}
              </button>
            ) : (
              <div>{inner}</div>
            )}
          </li>
        )
      })}
      {data.bars.length > most && <li className="muted more">and {data.bars.length - most} more</li>}
    </ol>
  )
}

/** Pie is a ring; its legend has the numbers. */
export function Pie({ data, onPick, size = 132 }: { data: BarData; onPick?: (row: number) => void; size?: number }) {
  const big = data.bars.slice(0, 7)
  const rest = data.bars.slice(7).reduce((n, b) => n + (b.values[0] ?? 0), 0)
  const parts = [...big.map((b) => ({ label: b.label, value: b.values[0] ?? 0, row: b.row })), ...(rest ? [{ label: `${data.bars.length - 7} others`, value: rest, row: -1 }] : [])]
  const total = parts.reduce((n, p) => n + p.value, 0)
  const r = size / 2 - 10
  const round = 2 * Math.PI * r
  let turned = 0
  return (
    <div className="pie">
      <svg width={size} height={size} viewBox={`0 0 ${size} ${size}`} role="img" aria-label={parts.map((p) => `${p.label} ${p.value}`).join(', ')}>
        {total === 0 && <circle cx={size / 2} cy={size / 2} r={r} fill="none" stroke="var(--sunken)" strokeWidth={16} />}
        {parts.map((p, i) => {
          const share = total ? p.value / total : 0
          const at = turned
          turned += share
          return <circle key={i} cx={size / 2} cy={size / 2} r={r} fill="none" stroke={colorOf(p.label, i)} strokeWidth={16} strokeDasharray={`${Math.max(0, share * round - 1.5)} ${round}`} transform={`rotate(${at * 360 - 90} ${size / 2} ${size / 2})`} />
        })}
        <text x={size / 2} y={size / 2 + 6} textAnchor="middle" className="pie-total">
          {short(total)}
        </text>
      </svg>
      <ul>
        {parts.map((p, i) => (
          <li key={i}>
            <button type="button" disabled={!onPick || p.row < 0} onClick={() => onPick?.(p.row)}>
              <span className="swatch" style={{ background: colorOf(p.label, i) }} />
              <span className="cut grow">{p.label}</span>
              <span className="num">{short(p.value)}</span>
              <span className="num muted share">{total ? Math.round((100 * p.value) / total) : 0}%</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
