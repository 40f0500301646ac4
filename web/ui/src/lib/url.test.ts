import { expect, test } from 'vitest'
import { href, parse, patched, queryHref } from './url'

test('a link keeps the range and tenant, and nothing else', () => {
  const at = new URLSearchParams('range=7d&tenant=t1&row=4')
  expect(href('/incidents', {}, {}, at)).toBe('/incidents?range=7d&tenant=t1')
})

test('a range of its own replaces the one before', () => {
  const at = new URLSearchParams('range=7d&tenant=t1')
  expect(href('/query', { from: 'A', to: 'B' }, {}, at)).toBe('/query?tenant=t1&from=A&to=B')
  const fixed = new URLSearchParams('from=A&to=B')
  expect(href('/', { range: '1h' }, {}, fixed)).toBe('/?range=1h')
})

test('the query stands in the fragment, whatever is in it', () => {
  const q = 'SigninLogs | where a == "x&y#z" // ü\n| take 5'
  const link = queryHref(q, { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' })
  const l = parse(link)
  expect(l.hash.get('q')).toBe(q)
  expect(l.search.get('q')).toBeNull()
  expect(l.path).toEqual(['query'])
})

test('a parameter is changed in place and an empty one goes', () => {
  expect(patched({ row: 3, find: '' }, 'http://h/query?find=x&range=1h#q=T')).toBe('/query?range=1h&row=3#q=T')
})

test('names in paths may have any letter', () => {
  expect(parse('/person/ada%2Bx%40example.com').path).toEqual(['person', 'ada+x@example.com'])
})
