// Numbers and cells as people read them.

export type Kind = 'string' | 'long' | 'int' | 'real' | 'decimal' | 'bool' | 'datetime' | 'timespan' | 'dynamic' | 'guid'
export interface Column {
  name: string
  type: string
}
export type Cell = unknown

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

export function integer(n: number): string {
  return whole.format(n)
}

/** short writes a number in at most four places: 12.3k, 4.5M. */
export function short(n: number): string {
  const a = Math.abs(n)
  if (!Number.isFinite(n)) return '–'
  if (a >= 1e9) return trim(n / 1e9) + 'G'
  if (a >= 1e6) return trim(n / 1e6) + 'M'
  if (a >= 1e4) return trim(n / 1e3) + 'k'
  if (Number.isInteger(n)) return integer(n)
  return a >= 100 ? n.toFixed(0) : a >= 10 ? n.toFixed(1) : n.toFixed(2)
}

function trim(n: number): string {
  return Math.abs(n) >= 100 ? n.toFixed(0) : n.toFixed(1).replace(/\.0$/, '')
}

export function bytes(n: number): string {
  const names = ['B', 'KB', 'MB', 'GB', 'TB']
  let i = 0
  while (n >= 1000 && i < names.length - 1) {
    n /= 1000
    i++
  }
  return `${i && n < 100 ? n.toFixed(1) : Math.round(n)} ${names[i]}`
}

export function isNumeric(type: string): boolean {
  return type === 'long' || type === 'int' || type === 'real' || type === 'decimal' || type === 'double'
}

/** text is a cell as one line of text. */
export function text(v: Cell, type = 'string'): string {
  if (v === null || v === undefined) return ''
  if (type === 'datetime' && typeof v === 'string') return datetime(v)
  if (typeof v === 'object') return JSON.stringify(v)
  if (typeof v === 'number' && type === 'real') return String(Number(v.toPrecision(12)))
  return String(v)
}

/** datetime leaves out a fraction that is zero, and T and Z. */
export function datetime(v: string): string {
  return v.replace('T', ' ').replace(/Z$/, '').replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')
}

/** number reads what may be a number: long values beyond 2^53 come as text. */
export function number(v: Cell): number {
  if (typeof v === 'number') return v
  if (typeof v === 'boolean') return v ? 1 : 0
  if (typeof v === 'string' && v !== '') {
    const span = /^(-)?(?:(\d+)\.)?(\d\d):(\d\d):(\d\d(?:\.\d+)?)$/.exec(v)
    if (span) return (span[1] ? -1 : 1) * (Number(span[2] ?? 0) * 86400 + Number(span[3]) * 3600 + Number(span[4]) * 60 + Number(span[5]))
    return Number(v)
  }
  return NaN
}

export function plural(n: number, one: string, many = one + 's'): string {
  return `${integer(n)} ${n === 1 ? one : many}`
}

const regions = typeof Intl !== 'undefined' && 'DisplayNames' in Intl ? new Intl.DisplayNames(['en'], { type: 'region' }) : undefined

export function country(code: string): string {
  try {
    return (/^[A-Z]{2}$/.test(code) && regions?.of(code)) || code
  } catch {
    return code
  }
}
