// The results grid: rows and columns that are not seen are not made, so that
// 100,000 rows scroll as 100 do. Everything works from the keyboard.
import { memo, useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { isNumeric, number, text, type Column } from '../../lib/format'
import { copy, Item, Menu } from '../../ui/parts'
import { Icon } from '../../ui/icons'

export interface GridProps {
  columns: Column[]
  rows: unknown[][]
  /** a row is open beside the grid */
  opened: number | null
  onOpen: (row: number | null) => void
  onFilter: (column: Column, value: unknown, not: boolean) => void
}

const rowHeight = 26
const headHeight = 30
const over = 6

interface Sort {
  column: number
  down: boolean
}

/** order gives the indices of rows that match, sorted. */
export function order(columns: Column[], rows: unknown[][], find: string, sort: Sort | null): number[] {
  const f = find.trim().toLowerCase()
  let out: number[] = []
  if (!f) out = rows.map((_, i) => i)
  else rows.forEach((r, i) => r.some((v, j) => text(v, columns[j]!.type).toLowerCase().includes(f)) && out.push(i))
  if (!sort) return out
  const { column, down } = sort
  const type = columns[column]!.type
  const sign = down ? -1 : 1
  if (isNumeric(type) || type === 'timespan' || type === 'bool') {
    const keys = rows.map((r) => number(r[column]))
    return out.sort((a, b) => {
      const x = keys[a]!
      const y = keys[b]!
      if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) ? (Number.isNaN(y) ? 0 : 1) : -1
      return sign * (x - y)
    })
  }
  const keys = rows.map((r) => text(r[column], type))
  return out.sort((a, b) => {
    const x = keys[a]!
    const y = keys[b]!
    if (x === y) return 0
    if (!x || !y) return x ? -1 : 1
    return sign * (x < y ? -1 : 1)
  })
}

// Of whole records, what people look for comes first.
const leading = ['TimeGenerated', 'UserPrincipalName', 'ServicePrincipalName', 'InitiatedBy', 'AppDisplayName', 'OperationName', 'ResultType', 'ResultDescription', 'ErrorText', 'Result', 'IPAddress', 'Location', 'ConditionalAccessStatus', 'AuthenticationRequirement', 'ClientAppUsed', 'ResourceDisplayName', 'TargetResources', 'UserDisplayName', 'RiskLevelDuringSignIn']

function place(n: string): number {
  const i = leading.indexOf(n)
  return i < 0 ? leading.length : i
}

/** widths guesses from names and the first rows. */
export function widths(columns: Column[], rows: unknown[][]): number[] {
  const sample = rows.slice(0, 120)
  return columns.map((c, i) => {
    let most = c.name.length + 3
    for (const r of sample) most = Math.max(most, Math.min(60, text(r[i], c.type).length))
    return Math.round(Math.min(c.type === 'dynamic' ? 280 : 380, Math.max(64, most * 7.2 + 20)))
  })
}

/** filled says which columns have anything in them. */
export function used(columns: Column[], rows: unknown[][]): boolean[] {
  return columns.map((_, i) => rows.some((r) => r[i] !== null && r[i] !== undefined && r[i] !== ''))
}

export function Grid({ columns, rows, opened, onOpen, onFilter }: GridProps) {
  const [find, setFind] = useState('')
  const [sort, setSort] = useState<Sort | null>(null)
  const [pinned, setPinned] = useState<string[]>([])
  const [hidden, setHidden] = useState<string[]>([])
  const [empty, setEmpty] = useState(false)
  const [own, setOwn] = useState<Record<string, number>>({})
  const [active, setActive] = useState<{ row: number; column: number } | null>(null)
  const [view, setView] = useState({ top: 0, left: 0, height: 600, width: 1000 })
  const box = useRef<HTMLDivElement>(null)
  const signature = columns.map((c) => c.name).join('\n')
  useEffect(() => {
    setSort(null)
    setActive(null)
    setHidden([])
    setOwn({})
    box.current?.scrollTo(0, 0)
  }, [signature])
  const index = useMemo(() => order(columns, rows, find, sort), [columns, rows, find, sort])
  const guess = useMemo(() => widths(columns, rows), [signature, rows.length > 0])
  const has = useMemo(() => used(columns, rows), [columns, rows])
  const blank = rows.length > 0 ? has.filter((h) => !h).length : 0
  const shown = useMemo(() => {
    const all = columns.map((c, i) => ({ c, i })).filter(({ c, i }) => !hidden.includes(c.name) && (empty || has[i] || rows.length === 0 || columns.length <= 8))
    if (columns.length > 20) all.sort((a, b) => place(a.c.name) - place(b.c.name))
    const pins = all.filter(({ c }) => pinned.includes(c.name))
    return [...pins, ...all.filter(({ c }) => !pinned.includes(c.name))].map(({ c, i }) => ({ c, i, w: own[c.name] ?? guess[i]!, pin: pinned.includes(c.name) }))
  }, [columns, hidden, pinned, empty, has, own, guess, rows.length])
  const lefts = useMemo(() => {
    let x = 0
    return shown.map((s) => {
      const at = x
      x += s.w
      return at
    })
  }, [shown])
  const total = (lefts[lefts.length - 1] ?? 0) + (shown[shown.length - 1]?.w ?? 0)
  const pinWidth = shown.filter((s) => s.pin).reduce((n, s) => n + s.w, 0)
  useEffect(() => {
    const el = box.current
    if (!el) return
    const measure = () => setView((v) => ({ ...v, height: el.clientHeight, width: el.clientWidth }))
    measure()
    const o = new ResizeObserver(measure)
    o.observe(el)
    return () => o.disconnect()
  }, [])
  const frame = useRef(0)
  const scrolled = () => {
    cancelAnimationFrame(frame.current)
    frame.current = requestAnimationFrame(() => {
      const el = box.current
      if (el) setView((v) => ({ ...v, top: el.scrollTop, left: el.scrollLeft }))
    })
  }
  const first = Math.max(0, Math.floor(view.top / rowHeight) - over)
  const last = Math.min(index.length, Math.ceil((view.top + view.height) / rowHeight) + over)
  const pins = shown.filter((s) => s.pin).length
  let c0 = pins
  while (c0 < shown.length && lefts[c0]! + shown[c0]!.w < view.left + pinWidth) c0++
  let c1 = c0
  while (c1 < shown.length && lefts[c1]! < view.left + view.width) c1++
  const gap = c0 > pins ? lefts[c0]! - pinWidth : 0

  const reveal = useCallback(
    (row: number, column: number) => {
      const el = box.current
      if (!el) return
      const y = row * rowHeight
      if (y < el.scrollTop) el.scrollTop = y
      else if (y + rowHeight > el.scrollTop + el.clientHeight - headHeight) el.scrollTop = y + rowHeight - el.clientHeight + headHeight + 4
      const s = shown[column]
      if (!s || s.pin) return
      const x = lefts[column]!
      if (x < el.scrollLeft + pinWidth) el.scrollLeft = x - pinWidth
      else if (x + s.w > el.scrollLeft + el.clientWidth) el.scrollLeft = Math.min(x - pinWidth, x + s.w - el.clientWidth + 4)
    },
    [shown, lefts, pinWidth],
  )
  const cellAt = (a: { row: number; column: number }) => {
    const s = shown[a.column]
    const r = rows[index[a.row]!]
    return s && r ? { column: s.c, value: r[s.i] } : undefined
  }
  const key = (e: KeyboardEvent) => {
    if (e.target !== e.currentTarget) return
    const a = active ?? { row: -1, column: 0 }
    const page = Math.max(1, Math.floor(view.height / rowHeight) - 2)
    const steps: Record<string, [number, number]> = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1], PageDown: [page, 0], PageUp: [-page, 0], Home: [0, -1e9], End: [0, 1e9] }
    const s = steps[e.key]
    if (s && !e.metaKey) {
      e.preventDefault()
      const far = e.ctrlKey && (e.key === 'Home' || e.key === 'End') ? (e.key === 'Home' ? -1e9 : 1e9) : s[0]
      const n = { row: Math.max(0, Math.min(index.length - 1, a.row + far)), column: Math.max(0, Math.min(shown.length - 1, a.column + s[1])) }
      setActive(n)
      reveal(n.row, n.column)
      if (opened !== null) onOpen(index[n.row]!)
      return
    }
    if (!active) return
    const cell = cellAt(active)
    if (e.key === 'Enter') {
      e.preventDefault()
      onOpen(index[active.row]!)
    } else if (e.key === 'Escape') onOpen(null)
    else if (cell && (e.key === '+' || e.key === '=')) onFilter(cell.column, cell.value, false)
    else if (cell && e.key === '-') onFilter(cell.column, cell.value, true)
    else if (cell && e.key === 'c' && !e.altKey) {
      e.preventDefault()
      void copy(text(cell.value, cell.column.type))
    } else if (e.key === 's') setSort((o) => nextSort(o, shown[active.column]!.i))
    else return
    e.stopPropagation()
  }
  const choose = useCallback((row: number, column: number) => {
    setActive({ row, column })
    box.current?.focus({ preventScroll: true })
  }, [])
  return (
    <div className="grid-wrap">
      <div className="grid-bar">
        <label className="grid-find">
          <Icon name="search" size={14} />
          <input value={find} onChange={(e) => setFind(e.target.value)} placeholder="Find in these rows" aria-label="Find in these rows" />
        </label>
        {find && <span className="muted">{index.length.toLocaleString('en-US')} match</span>}
        <span className="grow" />
        {blank > 0 && columns.length > 8 && (
          <button type="button" className="button plain" aria-pressed={empty} onClick={() => setEmpty(!empty)}>
            {empty ? 'Hide' : 'Show'} {blank} empty columns
          </button>
        )}
        <Menu
          label="Columns"
          kind="dialog"
          button={(p) => (
            <button type="button" className="button plain" {...p}>
              <Icon name="columns" /> Columns
            </button>
          )}
        >
          {() => (
            <div style={{ maxHeight: 360, overflow: 'auto' }}>
              {columns.map((c) => (
                <label key={c.name} className="item">
                  <input type="checkbox" checked={!hidden.includes(c.name)} onChange={(e) => setHidden(e.target.checked ? hidden.filter((h) => h !== c.name) : [...hidden, c.name])} />
                  <span className="cut">{c.name}</span>
                  <span className="muted">{c.type}</span>
                </label>
              ))}
            </div>
          )}
        </Menu>
        <button type="button" className="button plain" onClick={() => void copy(tsv(shown.map((s) => s.c), index.slice(0, 10_000).map((i) => shown.map((s) => rows[i]![s.i]))))} title="Copy what is shown, at most 10,000 rows, for a spreadsheet">
          <Icon name="copy" /> Copy
        </button>
      </div>
      <div
        ref={box}
        className="grid"
        role="grid"
        tabIndex={0}
        aria-label="Results. Arrow keys move, Enter opens a row, plus and minus filter, c copies."
        aria-rowcount={index.length + 1}
        aria-colcount={shown.length}
        aria-activedescendant={active && active.row >= first && active.row < last ? `cell-${active.row}-${active.column}` : undefined}
        onScroll={scrolled}
        onKeyDown={key}
        onFocus={(e) => e.target === e.currentTarget && index.length > 0 && setActive((a) => a ?? { row: first + (first ? over : 0), column: 0 })}
      >
        <div className="grid-head" role="row" aria-rowindex={1} style={{ width: total }}>
          {shown.slice(0, pins).map((s, k) => (
            <Head key={s.c.name} s={s} left={lefts[k]!} sort={sort} k={k} onSort={() => setSort((o) => nextSort(o, s.i))} onPin={() => setPinned(toggled(pinned, s.c.name))} onHide={() => setHidden([...hidden, s.c.name])} onWidth={(w) => setOwn({ ...own, [s.c.name]: w })} />
          ))}
          {gap > 0 && <span role="presentation" style={{ width: gap, flex: 'none' }} />}
          {shown.slice(c0, c1).map((s, k) => (
            <Head key={s.c.name} s={s} sort={sort} k={c0 + k} onSort={() => setSort((o) => nextSort(o, s.i))} onPin={() => setPinned(toggled(pinned, s.c.name))} onHide={() => setHidden([...hidden, s.c.name])} onWidth={(w) => setOwn({ ...own, [s.c.name]: w })} />
          ))}
        </div>
        <div role="rowgroup" style={{ height: index.length * rowHeight, width: total, position: 'relative' }}>
          {index.slice(first, last).map((i, n) => {
            const row = first + n
            return <Row key={i} row={row} data={rows[i]!} shown={shown} lefts={lefts} pins={pins} c0={c0} c1={c1} gap={gap} total={total} active={active?.row === row ? active.column : -1} opened={opened === i} onChoose={choose} onOpen={() => onOpen(i)} onFilter={onFilter} />
          })}
        </div>
      </div>
    </div>
  )
}

function nextSort(o: Sort | null, column: number): Sort | null {
  if (o?.column !== column) return { column, down: false }
  return o.down ? null : { column, down: true }
}

function toggled(list: string[], v: string): string[] {
  return list.includes(v) ? list.filter((x) => x !== v) : [...list, v]
}

/** tsv is what spreadsheets take from the clipboard. */
export function tsv(columns: Column[], rows: unknown[][]): string {
  const clean = (s: string) => s.replace(/[\t\n\r]+/g, ' ')
  return [columns.map((c) => c.name), ...rows.map((r) => r.map((v, i) => clean(text(v, columns[i]!.type))))].map((l) => l.join('\t')).join('\n')
}

interface Shown {
  c: Column
  i: number
  w: number
  pin: boolean
}

function Head({ s, sort, k, left, onSort, onPin, onHide, onWidth }: { s: Shown; sort: Sort | null; k: number; left?: number; onSort: () => void; onPin: () => void; onHide: () => void; onWidth: (w: number) => void }) {
  const mine = sort?.column === s.i ? sort : null
  return (
    <div className={'grid-th' + (isNumeric(s.c.type) ? ' num' : '') + (s.pin ? ' pin' : '')} role="columnheader" aria-colindex={k + 1} aria-sort={mine ? (mine.down ? 'descending' : 'ascending') : 'none'} style={{ width: s.w, left }}>
      <button type="button" className="grid-sort" tabIndex={-1} onClick={onSort} title={`${s.c.name}: ${s.c.type}`}>
        <span className="cut">{s.c.name}</span>
        {mine && <span aria-hidden="true">{mine.down ? '↓' : '↑'}</span>}
      </button>
      <Menu label={s.c.name} side="left" button={(p) => <button type="button" className="grid-more" tabIndex={-1} aria-label={`Column ${s.c.name}`} {...p}><Icon name="down" size={12} /></button>}>
        {(close) => (
          <>
            <Item icon="pin" onClick={() => { onPin(); close() }}>{s.pin ? 'Let go' : 'Pin to the left'}</Item>
            <Item icon="close" onClick={() => { onHide(); close() }}>Hide</Item>
            <Item icon="copy" onClick={() => { void copy(s.c.name); close() }}>Copy the name</Item>
          </>
        )}
      </Menu>
      <span
        className="grid-grip"
        aria-hidden="true"
        onPointerDown={(e) => {
          e.preventDefault()
          const x = e.clientX
          const el = e.currentTarget
          el.setPointerCapture(e.pointerId)
          const move = (m: globalThis.PointerEvent) => onWidth(Math.max(48, s.w + m.clientX - x))
          el.addEventListener('pointermove', move)
          el.addEventListener('pointerup', () => el.removeEventListener('pointermove', move), { once: true })
        }}
      />
    </div>
  )
}

interface RowProps {
  row: number
  data: unknown[]
  shown: Shown[]
  lefts: number[]
  pins: number
  c0: number
  c1: number
  gap: number
  total: number
  active: number
  opened: boolean
  onChoose: (row: number, column: number) => void
  onOpen: () => void
  onFilter: (column: Column, value: unknown, not: boolean) => void
}

const Row = memo(
  function Row({ row, data, shown, lefts, pins, c0, c1, gap, total, active, opened, onChoose, onOpen, onFilter }: RowProps) {
    const cell = (s: Shown, k: number) => {
      const v = data[s.i]
      const on = active === k
      return (
        <div key={s.c.name} id={`cell-${row}-${k}`} role="gridcell" aria-colindex={k + 1} aria-selected={on} className={'grid-td' + (isNumeric(s.c.type) ? ' num' : '') + (s.pin ? ' pin' : '') + (on ? ' on' : '') + (v === null || v === undefined || v === '' ? ' none' : '')} style={{ width: s.w, left: s.pin ? lefts[k] : undefined }} onPointerDown={(e) => e.button === 0 && !(e.target as HTMLElement).closest('button') && onChoose(row, k)} onDoubleClick={onOpen}>
          <span className="cut">{text(v, s.c.type)}</span>
          {on && (
            <span className="grid-acts">
              <button type="button" tabIndex={-1} title="Only rows with this value (+)" aria-label={`Filter for this ${s.c.name}`} onClick={() => onFilter(s.c, v, false)}><Icon name="plus" size={12} /></button>
              <button type="button" tabIndex={-1} title="No rows with this value (−)" aria-label={`Filter out this ${s.c.name}`} onClick={() => onFilter(s.c, v, true)}><Icon name="minus" size={12} /></button>
              <button type="button" tabIndex={-1} title="Open the row (Enter)" aria-label="Open the row" onClick={onOpen}><Icon name="right" size={12} /></button>
            </span>
          )}
        </div>
      )
    }
    return (
      <div className={'grid-tr' + (opened ? ' opened' : '') + (row % 2 ? ' odd' : '')} role="row" aria-rowindex={row + 2} style={{ top: row * rowHeight, width: total }}>
        {shown.slice(0, pins).map((s, k) => cell(s, k))}
        {gap > 0 && <span role="presentation" style={{ width: gap, flex: 'none' }} />}
        {shown.slice(c0, c1).map((s, k) => cell(s, c0 + k))}
      </div>
    )
  },
  (a, b) => a.row === b.row && a.data === b.data && a.shown === b.shown && a.c0 === b.c0 && a.c1 === b.c1 && a.gap === b.gap && a.active === b.active && a.opened === b.opened && a.onFilter === b.onFilter,
)
