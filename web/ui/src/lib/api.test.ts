import { afterEach, expect, test, vi } from 'vitest'
import { items, lines, Problem, query } from './api'

afterEach(() => vi.unstubAllGlobals())

function answers(...list: [string, ResponseInit][]) {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (path: string) => {
    asked.push(path)
    const [body, init] = list.shift()!
    return new Response(body, init)
  })
  return asked
}
const ndjson = { headers: { 'Content-Type': 'application/x-ndjson' } }

test('lines are whole whatever the pieces', async () => {
  const bytes = new TextEncoder().encode('{"a":"ü"}\n{"b":2}\nrest')
  const stream = new ReadableStream<Uint8Array>({
    start(c) {
      for (const b of bytes) c.enqueue(new Uint8Array([b]))
      c.close()
    },
  })
  const out: string[] = []
  for await (const l of lines(stream)) out.push(l)
  expect(out).toEqual(['{"a":"ü"}', '{"b":2}', 'rest'])
})

test('rows come with columns, stats and notices', async () => {
  answers(['{"columns":[{"name":"n","type":"long"}]}\n{"row":[1]}\n{"row":[2]}\n{"stats":{"rows":2},"notices":["cut"],"visualization":{"kind":"piechart"}}\n', ndjson])
  const r = await query({ query: 'T' })
  expect(r.rows).toEqual([[1], [2]])
  expect(r.notices).toEqual(['cut'])
  expect(r.visualization?.kind).toBe('piechart')
})

test('a problem among the rows is an error, as is an answer without an end', async () => {
  answers(['{"columns":[]}\n{"problem":{"title":"too long","hint":"ask less"}}\n', ndjson], ['{"columns":[]}\n{"row":[1]}\n', ndjson])
  await expect(query({ query: 'T' })).rejects.toMatchObject({ message: 'too long', hint: 'ask less' })
  await expect(query({ query: 'T' })).rejects.toThrow('ended early')
})

test('problems of the server keep title, detail and diagnostics', async () => {
  answers(['{"title":"no","status":422,"detail":"do this","diagnostics":[{"message":"m","line":1}]}', { status: 422, headers: { 'Content-Type': 'application/problem+json' } }])
  const e = await query({ query: 'T' }).catch((x: unknown) => x)
  expect(e).toBeInstanceOf(Problem)
  expect((e as Problem).detail).toBe('do this')
  expect((e as Problem).diagnostics[0]?.message).toBe('m')
})

test('lists are read to their end, plain ones at once', async () => {
  const json = { headers: { 'Content-Type': 'application/json' } }
  const asked = answers(['{"items":[1,2],"next":"c"}', json], ['{"items":[3],"next":""}', json], ['[4]', json])
  expect(await items('/v1/x?a=1')).toEqual([1, 2, 3])
  expect(asked).toEqual(['/v1/x?a=1', '/v1/x?a=1&cursor=c'])
  expect(await items('/v1/y')).toEqual([4])
})
