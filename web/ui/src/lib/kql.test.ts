import { expect, test } from 'vitest'
import { at, condition, fill, statements, where } from './kql'

test('conditions by type', () => {
  expect(condition('User', 'string', 'a"b\\c')).toBe('User == "a\\"b\\\\c"')
  expect(condition('User', 'string', '', true)).toBe('isnotempty(User)')
  expect(condition('n', 'long', null)).toBe('isnull(n)')
  expect(condition('n', 'long', 5, true)).toBe('n != 5')
  expect(condition('at', 'datetime', '2026-01-01T00:00:00Z')).toBe('at == datetime(2026-01-01T00:00:00Z)')
  expect(condition('odd name', 'string', 'x')).toBe('["odd name"] == "x"')
  expect(condition('d', 'dynamic', { a: 1 })).toBe('tostring(d) == "{\\"a\\":1}"')
})

test('a condition goes before render', () => {
  expect(where('T\n| summarize count() by X\n| render piechart', 'X != "a"')).toBe('T\n| summarize count() by X\n| where X != "a"\n| render piechart')
  expect(where('T | take 5;\n', 'a == 1')).toBe('T | take 5\n| where a == 1')
})

test('statements are parted by blank lines outside of strings and brackets', () => {
  const text = '// one\nT\n| take 1\n\nlet x = datatable(a: long) [\n 1,\n\n 2];\nx\n\n\nprint ```a\n\nb```\n\n// only a comment\n'
  expect(statements(text).map((s) => s.text)).toEqual(['// one\nT\n| take 1', 'let x = datatable(a: long) [\n 1,\n\n 2];\nx', 'print ```a\n\nb```'])
  for (const s of statements(text)) expect(text.slice(s.from, s.to)).toBe(s.text)
})

test('the statement at the cursor takes let statements above along', () => {
  const text = 'let n = 5;\n\nT | take n\n\nU | take n'
  expect(at(text, text.length)?.text).toBe('let n = 5;\nU | take n')
  expect(at(text, 14)?.text).toBe('let n = 5;\nT | take n')
  expect(at('', 0)).toBeUndefined()
})

test('drills take cells as literals', () => {
  expect(fill('T | where C == {{C}} and n > {{n}} and {{other}}', { C: { value: 'x"', type: 'string' }, n: { value: 3, type: 'long' } })).toBe('T | where C == "x\\"" and n > 3 and {{other}}')
})
