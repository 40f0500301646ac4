import world from 'virtual:world'
import { useState } from 'react'
import { country, short } from '../lib/format'

/** WorldMap colours countries by number; a list beside says the same in text. */
export default function WorldMap({ values, onPick, title, what }: { values: Map<string, number>; onPick?: (code: string) => void; title: string; what: string }) {
  const [over, setOver] = useState('')
  const max = Math.max(...values.values(), 1)
  const tone = (n: number | undefined) => (n ? `color-mix(in oklab, var(--map-high) ${Math.round(12 + (88 * Math.log1p(n)) / Math.log1p(max))}%, var(--map-low))` : 'var(--map-none)')
  const top = [...values].sort((a, b) => b[1] - a[1])
  const drawn = new Set(world.countries.map((c) => c.code))
  return (
    <div className="map">
      <svg viewBox={`0 0 ${world.width} ${world.height}`} role="img" aria-label={`${title}: ${top.slice(0, 5).map(([c, n]) => `${country(c)} ${n}`).join(', ')}`} onPointerLeave={() => setOver('')}>
        {world.countries.map((c, i) => (
          <path key={i} d={c.d} fill={tone(values.get(c.code))} className={c.code === over && c.code ? 'land over' : 'land'} onPointerEnter={() => setOver(c.code)} onClick={() => values.has(c.code) && onPick?.(c.code)} style={values.has(c.code) && onPick ? { cursor: 'pointer' } : undefined} />
        ))}
      </svg>
      <ol className="maplist" tabIndex={0} aria-label={title + ', by country'}>
        {top.slice(0, 30).map(([code, n]) => (
          <li key={code}>
            <button type="button" disabled={!onPick} onClick={() => onPick?.(code)} onPointerEnter={() => setOver(code)} onFocus={() => setOver(code)} className={over === code ? 'over' : ''}>
              <span className="swatch" style={{ background: tone(n) }} />
              <span className="cut grow">{code ? country(code) : '(unknown)'}</span>
              <span className="num">{short(n)}</span>
            </button>
          </li>
        ))}
        {top.length === 0 && <li className="muted">No {what}</li>}
      </ol>
      {over && values.has(over) && drawn.has(over) && (
        <div className="maptip" aria-hidden="true">
          {country(over)}: <b>{short(values.get(over)!)}</b>
        </div>
      )}
    </div>
  )
}
