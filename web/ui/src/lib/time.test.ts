import { expect, test } from 'vitest'
import { ago, date, duration, rangeLabel, rangeOf, span, utc } from './time'

const now = new Date('2026-11-24T10:00:07.500Z')
const of = (s: string) => rangeOf(new URLSearchParams(s), now)

test('relative ranges end at whole ten seconds', () => {
  const r = of('range=1h')
  expect(r.to.toISOString()).toBe('2026-11-24T10:00:00.000Z')
  expect(r.from.toISOString()).toBe('2026-11-24T09:00:00.000Z')
  expect(rangeLabel(r)).toBe('Last hour')
})

test('what is no range is the last day', () => {
  for (const s of ['', 'range=soon', 'from=2026-11-24', 'from=2026-11-25&to=2026-11-24']) expect(of(s).relative).toBe('24h')
})

test('absolute ranges stay', () => {
  const r = of('from=2026-11-20T00:00:00Z&to=2026-11-21T12:30:00Z')
  expect(r.relative).toBeUndefined()
  expect(rangeLabel(r)).toBe('2026-11-20 00:00 – 2026-11-21 12:30 UTC')
})

test('times that people write are UTC', () => {
  expect(date('2026-07-01')?.toISOString()).toBe('2026-07-01T00:00:00.000Z')
  expect(date('2026-07-01 08:30')?.toISOString()).toBe('2026-07-01T08:30:00.000Z')
  expect(date('yesterday')).toBeUndefined()
})

test('spans, times and ages', () => {
  expect(span('90m')).toBe(5400e3)
  expect(span('1y')).toBeUndefined()
  expect(utc('2026-11-24T01:02:03.456Z', 'milli')).toBe('2026-11-24 01:02:03.456')
  expect(ago('2026-11-24T09:00:00Z', now)).toBe('60 min ago')
  expect(ago('2026-11-24T15:00:07Z', now)).toBe('in 5 h')
  expect([0.02, 4.25, 61, 600, 7200, 9e5].map(duration)).toEqual(['20 ms', '4.3 s', '61 s', '10 min', '2 h', '10 days'])
})
