import { isNumeric, number, short, text } from '../lib/format'
import type { Table } from './data'

/** Heat is a grid of cells: first column down, second across, a number as tone
 * and on hover. */
export function Heat({ table, title, onPick }: { table: Table; title: string; onPick?: (row: number) => void }) {
  const v = table.columns.findIndex((c) => isNumeric(c.type))
  const [yc, xc] = table.columns.flatMap((_, i) => (i === v ? [] : [i]))
  if (v < 0 || xc === undefined || yc === undefined) return <p className="muted">A heat map needs two labels and a number.</p>
  const label = (r: unknown[], c: number) => text(r[c], table.columns[c]!.type)
  const xs = [...new Set(table.rows.map((r) => label(r, xc)))].sort(natural)
  const ys = [...new Set(table.rows.map((r) => label(r, yc)))].sort(natural).slice(0, 40)
  const at = new Map(table.rows.map((r, i) => [label(r, yc) + '\0' + label(r, xc), i]))
  const max = Math.max(...table.rows.map((r) => number(r[v]) || 0), 1)
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={title}>
      <table className="heat">
        <thead>
          <tr>
            <td />
            {xs.map((x, i) => (
              <th key={x} scope="col">
                {xs.length <= 31 || i % 3 === 0 ? x : <span className="sr">{x}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ys.map((y) => (
            <tr key={y}>
              <th scope="row" className="cut">
                {y}
              </th>
              {xs.map((x) => {
                const i = at.get(y + '\0' + x)
                const n = i === undefined ? 0 : number(table.rows[i]![v]) || 0
                return (
                  <td key={x} title={`${y}, ${x}: ${n}`} onClick={i !== undefined && onPick ? () => onPick(i) : undefined}>
                    <span style={{ background: n ? `color-mix(in oklab, var(--accent) ${Math.round(15 + (85 * n) / max)}%, var(--surface))` : 'var(--sunken)' }} />
                    <span className="sr">{short(n)}</span>
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function natural(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}
