import { expect, test } from 'vitest'
import { barData, filled, ticks, timeData, timeTicks } from './data'

const col = (name: string, type: string) => ({ name, type })

test('rows of buckets and series become lines, what lacks is 0', () => {
  const d = timeData({
    columns: [col('t', 'datetime'), col('s', 'string'), col('n', 'long')],
    rows: [
      ['2026-01-01T00:00:00Z', 'a', 1],
      ['2026-01-01T01:00:00Z', 'b', 2],
    ],
  })!
  expect(d.series).toEqual([
    { name: 'b', values: [0, 2] },
    { name: 'a', values: [1, 0] },
  ])
  expect(d.step).toBe(3600e3)
})

test('too many series are put together', () => {
  const rows = Array.from({ length: 20 }, (_, i) => ['2026-01-01T00:00:00Z', 's' + i, i + 1])
  const d = timeData({ columns: [col('t', 'datetime'), col('s', 'string'), col('n', 'long')], rows }, {}, 5)!
  expect(d.series.length).toBe(5)
  expect(d.series[4]).toEqual({ name: '16 others', values: [136] })
})

test('make-series is read from its arrays', () => {
  const d = timeData({ columns: [col('u', 'string'), col('n', 'dynamic'), col('t', 'dynamic')], rows: [['x', [1, null], ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z']]] })!
  expect(d.series).toEqual([{ name: 'x', values: [1, null] }])
})

test('no time, no chart over time', () => {
  expect(timeData({ columns: [col('s', 'string'), col('n', 'long')], rows: [['a', 1]] })).toBeNull()
})

test('silence is drawn as zero', () => {
  const hour = (h: number) => Date.UTC(2026, 0, 1, h)
  const d = filled({ times: [hour(1), hour(2), hour(4)], step: 3600e3, series: [{ name: 'n', values: [1, 2, 4] }] }, hour(0), hour(6))
  expect(d.times.length).toBe(6)
  expect(d.series[0]!.values).toEqual([0, 1, 2, 0, 4, 0])
})

test('bars have labels and numbers', () => {
  const d = barData({ columns: [col('a', 'string'), col('n', 'long')], rows: [['x', 3], ['', '4']] })
  expect(d.bars.map((b) => [b.label, b.values])).toEqual([['x', [3]], ['(empty)', [4]]])
  expect(d.total).toBe(7)
})

test('ticks are round', () => {
  expect(ticks(0, 97, 4)).toEqual([0, 25, 50, 75, 100])
  expect(ticks(0, 0, 4)[0]).toBe(0)
  const t = timeTicks(Date.UTC(2026, 0, 1, 5), Date.UTC(2026, 0, 2, 5), 6)
  expect(t.map((x) => x.label)).toEqual(['06:00', '12:00', '18:00', '01-02'])
})
