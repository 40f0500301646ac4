import { expect, test } from 'vitest'
import { tileData, change } from '../lib/boards'
import type { Incident } from '../lib/live'
import { score } from '../shell/palette'
import { queue } from './incidents/page'
import { device } from './person'
import { kqlOf } from './query/builder'
import { recordOf } from './query/drawer'
import { order, tsv } from './query/grid'
import { chartOf } from './query/results'
import { ruleOf } from './query/rule'
import { verdictOf } from './sources'

const col = (name: string, type: string) => ({ name, type })
const result = (columns: { name: string; type: string }[], rows: unknown[][], visualization?: { kind: string }) => ({ columns, rows, stats: {}, notices: [], visualization })

test('tiles read a named row or a series', () => {
  expect(tileData(result([col('Value', 'real'), col('Previous', 'real'), col('Series', 'dynamic')], [[5, 'NaN', [1, 4]]]))).toEqual({ value: 5, previous: null, series: [1, 4], text: '' })
  expect(tileData(result([col('t', 'datetime'), col('n', 'long')], [['2026-01-01T00:00:00Z', 2], ['2026-01-01T01:00:00Z', 3]])).value).toBe(5)
  expect(tileData(result([], [])).value).toBeNull()
})

test('change says by how much and which way', () => {
  expect(change(150, 100)).toEqual({ text: '+50%', up: true })
  expect(change(97.5, 98, '%')).toEqual({ text: '−0.5 pt', up: false })
  expect(change(0, 0)?.up).toBeNull()
  expect(change(1, null)).toBeNull()
})

test('rows are found and sorted, empty cells last both ways', () => {
  const columns = [col('s', 'string'), col('n', 'long')]
  const rows = [['b', 10], ['', 9], ['A', null], ['c', '2']]
  expect(order(columns, rows, '', { column: 1, down: false })).toEqual([3, 1, 0, 2])
  expect(order(columns, rows, '', { column: 1, down: true })).toEqual([0, 1, 3, 2])
  expect(order(columns, rows, '', { column: 0, down: false })).toEqual([2, 0, 3, 1])
  expect(order(columns, rows, 'a', null)).toEqual([2])
})

test('copied cells stay in their cells', () => {
  expect(tsv([col('a', 'string')], [['x\ty\nz']])).toBe('a\nx y z')
})

test('charts follow render, then the rows', () => {
  expect(chartOf(result([col('s', 'string'), col('n', 'long')], [['a', 1]], { kind: 'piechart' }))).toBe('piechart')
  expect(chartOf(result([col('s', 'string')], [['a']]))).toBeNull()
  expect(chartOf(result([col('t', 'datetime'), col('n', 'long')], [['2026-01-01T00:00:00Z', 1]]))).toBe('timechart')
})

test('conditions that are chosen become KQL', () => {
  const text = kqlOf({ table: 'SigninLogs', parts: [{ column: 'UserPrincipalName', op: 'in', value: 'a, b"c' }, { column: 'n', op: '>', value: '5' }], by: 'App', what: 'count' }, { UserPrincipalName: 'string', n: 'long' })
  expect(text).toBe('SigninLogs\n| where UserPrincipalName in~ ("a", "b\\"c")\n| where n > 5\n| summarize Count = count() by App\n| order by Count desc')
})

test('a rule is made of a query without its render', () => {
  const y = ruleOf('SigninLogs\n| take 5\n| render table', 'A "title"', 'high', [col('UserPrincipalName', 'string')], 'OWN-A')
  expect(y).toContain('title: "A \\"title\\""')
  expect(y).toContain('tables: [SigninLogs]')
  expect(y).not.toContain('render')
  expect(y).toContain('fields: {FullName: UserPrincipalName}')
})

test('a whole row leads to its record', () => {
  expect(recordOf([col('Id', 'string'), col('Type', 'string')], ['x/1', 'SigninLogs'], '')).toBe('SigninLogs/x%2F1')
  expect(recordOf([col('Id', 'string')], ['x'], '// c\nAuditLogs | take 1')).toBe('AuditLogs/x')
  expect(recordOf([col('n', 'long')], [1], 'T | count')).toBeNull()
})

test('the queue: urgent, then severe, then newest', () => {
  const i = (number: number, severity: string, last: string, urgent = false) => ({ number, severity, last, urgent }) as Incident
  expect(queue([i(1, 'Low', '3'), i(2, 'High', '1'), i(3, 'High', '2'), i(4, 'Medium', '0', true)]).map((x) => x.number)).toEqual([4, 3, 2, 1])
})

test('verdicts, devices and search', () => {
  expect(['proven', 'single path', 'gap(3)', 'gap(?)', 'imported', 'x'].map(verdictOf)).toEqual(['proven', 'single', 'gap', 'gap', 'imported', 'none'])
  expect(device('Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0')).toBe('Edge on Windows')
  expect(score('Overview', 'over')).toBeGreaterThan(score('Overview', 'ovw'))
  expect(score('Overview', 'xyz')).toBe(0)
})
