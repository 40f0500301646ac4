// The page's end of the language service: one worker, started when the editor
// is first shown.
import type { Answer, Request, Schema } from '../../worker/protocol'

let worker: Worker | undefined
let serial = 0
const waiting = new Map<number, (a: Answer) => void>()

type Ask = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never

function start(): Worker {
  if (!worker) {
    worker = new Worker(new URL('../../worker/kusto.ts', import.meta.url), { name: 'kusto' })
    worker.onmessage = (e: MessageEvent<Answer>) => {
      waiting.get(e.data.id)?.(e.data)
      waiting.delete(e.data.id)
    }
  }
  return worker
}

export function ask(r: Ask): Promise<Answer> {
  const id = ++serial
  return new Promise((done) => {
    waiting.set(id, done)
    start().postMessage({ ...r, id })
  })
}

let given: Schema | undefined

export function giveSchema(s: Schema) {
  if (given === s) return
  given = s
  void ask({ do: 'schema', schema: s })
}
