import { expect, test } from 'vitest'
import { bytes, datetime, number, short, text } from './format'

test('numbers take at most four places', () => {
  expect([0, 7, 999, 9999, 12345, 1234567, 2.5e9, 3.14159, 45.67, 123.4].map(short)).toEqual(['0', '7', '999', '9,999', '12.3k', '1.2M', '2.5G', '3.14', '45.7', '123'])
  expect(short(NaN)).toBe('–')
})

test('cells as text', () => {
  expect(text(null)).toBe('')
  expect(text({ a: [1] }, 'dynamic')).toBe('{"a":[1]}')
  expect(text(0.1 + 0.2, 'real')).toBe('0.3')
  expect(datetime('2026-11-24T01:02:03.1200000Z')).toBe('2026-11-24 01:02:03.12')
  expect(datetime('2026-11-24T01:02:03.0000000Z')).toBe('2026-11-24 01:02:03')
})

test('numbers may come as text, spans too', () => {
  expect(number('9007199254740993')).toBe(9007199254740992)
  expect(number('-1.02:03:04.5')).toBe(-(86400 + 2 * 3600 + 184.5))
  expect(number('NaN')).toBeNaN()
  expect(number('')).toBeNaN()
})

test('bytes', () => {
  expect([12, 1500, 123456789].map(bytes)).toEqual(['12 B', '1.5 KB', '123 MB'])
})
