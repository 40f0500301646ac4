// Small parts of KQL text that the page makes. The grammar is the server's.
import type { Cell } from './format'

export function quote(s: string): string {
  return '"' + s.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t') + '"'
}

/** name writes a column's name, in brackets where it is no plain one. */
export function name(n: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(n) ? n : `[${quote(n)}]`
}

/** literal writes a cell as a literal of its type. */
export function literal(v: Cell, type: string): string {
  if (v === null || v === undefined) return `${type}(null)`
  switch (type) {
    case 'datetime':
      return `datetime(${String(v)})`
    case 'timespan':
      return `timespan(${String(v)})`
    case 'guid':
      return `guid(${String(v)})`
    case 'dynamic':
      return `dynamic(${JSON.stringify(v)})`
    case 'string':
      return quote(String(v))
    case 'decimal':
      return `decimal(${String(v)})`
    default:
      return String(v)
  }
}

/** condition compares a column with a cell. */
export function condition(column: string, type: string, v: Cell, not = false): string {
  const c = name(column)
  const empty = v === null || v === undefined || (v === '' && type === 'string')
  if (type === 'string' && empty) return `${not ? 'isnotempty' : 'isempty'}(${c})`
  if (empty) return `${not ? 'isnotnull' : 'isnull'}(${c})`
  if (type === 'dynamic') return `tostring(${c}) ${not ? '!=' : '=='} ${quote(typeof v === 'string' ? v : JSON.stringify(v))}`
  return `${c} ${not ? '!=' : '=='} ${literal(v, type)}`
}

/** where adds a line to a statement. A condition on rows that a final render
 * draws goes before the render. */
export function where(statement: string, cond: string): string {
  const s = statement.replace(/\s+$/, '').replace(/;$/, '')
  const line = `\n| where ${cond}`
  const render = /\n?[ \t]*\|[ \t]*render\b[^\n|]*$/i.exec(s)
  return render ? s.slice(0, render.index) + line + s.slice(render.index) : s + line
}

/** fill puts a row's cells into the placeholders of a drill. */
export function fill(drill: string, row: Record<string, { value: Cell; type: string }>): string {
  return drill.replace(/\{\{(\w+)\}\}/g, (whole, key: string) => {
    const cell = row[key]
    return cell ? literal(cell.value, cell.type) : whole
  })
}

export interface Statement {
  from: number
  to: number
  text: string
}

/** statements cuts a text at blank lines, outside of strings and comments: each
 * part is run alone with the let statements that stand before it. */
export function statements(text: string): Statement[] {
  const out: Statement[] = []
  let start = 0
  const push = (to: number) => {
    const raw = text.slice(start, to)
    const lead = raw.length - raw.trimStart().length
    const body = raw.trim()
    if (body && !onlyComments(body)) out.push({ from: start + lead, to: start + lead + body.length, text: body })
  }
  const blank = /\n[ \t]*(?=\n)/g
  const skip = spans(text)
  for (let m = blank.exec(text); m; m = blank.exec(text)) {
    if (skip.some(([a, b]) => m!.index > a && m!.index < b)) continue
    push(m.index)
    start = m.index + m[0].length
  }
  push(text.length)
  return out
}

function onlyComments(s: string): boolean {
  return s.split('\n').every((l) => /^\s*(\/\/.*)?$/.test(l))
}

// spans lists multi-line strings and the insides of brackets, where a blank
// line ends nothing.
function spans(text: string): [number, number][] {
  const out: [number, number][] = []
  let depth = 0
  let open = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (c === '/' && text[i + 1] === '/') {
      const end = text.indexOf('\n', i)
      i = (end < 0 ? text.length : end) - 1
    } else if (text.startsWith('```', i) || text.startsWith('~~~', i)) {
      const end = text.indexOf(text.slice(i, i + 3), i + 3)
      out.push([i, end < 0 ? text.length : end + 3])
      i = end < 0 ? text.length : end + 2
    } else if (c === '"' || c === "'") {
      const raw = text[i - 1] === '@'
      let j = i + 1
      while (j < text.length && text[j] !== c && text[j] !== '\n') j += text[j] === '\\' && !raw ? 2 : 1
      i = j
    } else if (c === '(' || c === '[' || c === '{') {
      if (depth++ === 0) open = i
    } else if (c === ')' || c === ']' || c === '}') {
      if (depth > 0 && --depth === 0) out.push([open, i])
    }
  }
  return out
}

/** at gives what is run with the cursor at a place: its part, and the let
 * statements of the parts before it. */
export function at(text: string, place: number): Statement | undefined {
  const all = statements(text)
  if (all.length === 0) return undefined
  let i = all.findIndex((s) => place <= s.to)
  if (i < 0) i = all.length - 1
  // Between two parts, the nearer above is meant.
  if (i > 0 && place < all[i]!.from && place - all[i - 1]!.to < all[i]!.from - place) i--
  const mine = all[i]!
  const lets = all.slice(0, i).filter((s) => /^(\/\/[^\n]*\n\s*)*let\s/.test(s.text) && /;\s*$/.test(s.text))
  return lets.length ? { ...mine, text: [...lets.map((s) => s.text), mine.text].join('\n') } : mine
}
