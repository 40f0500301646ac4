// Values of a column for completion: the most frequent of the last week, asked
// once for each column.
import { query } from '../../lib/api'
import { integer } from '../../lib/format'
import { name } from '../../lib/kql'

export interface Value {
  value: string
  detail: string
}
const known = new Map<string, Promise<Value[]>>()
let tables = new Map<string, Set<string>>()

export function knowTables(list: { name: string; columns: { name: string; type: string }[] }[]) {
  tables = new Map(list.map((t) => [t.name, new Set(t.columns.filter((c) => c.type === 'string').map((c) => c.name))]))
}

/** values are none for a column that is not a table's own. */
export function values(statement: string, column: string): Promise<Value[]> {
  const table = [...tables.keys()].find((t) => new RegExp(`(^|[^\\w])${t}([^\\w]|$)`).test(statement) && tables.get(t)!.has(column))
  if (!table) return Promise.resolve([])
  const key = `${table}.${column}`
  let p = known.get(key)
  if (!p) {
    const to = new Date()
    const from = new Date(to.getTime() - 7 * 86400e3)
    p = query({ query: `${table}\n| where isnotempty(${name(column)})\n| summarize Count = count() by ${name(column)}\n| top 60 by Count`, from: from.toISOString(), to: to.toISOString(), maxRows: 60 })
      .then((r) => r.rows.map((row) => ({ value: String(row[0]), detail: integer(Number(row[1])) })))
      .catch(() => {
        known.delete(key)
        return []
      })
    known.set(key, p)
  }
  return p
}
