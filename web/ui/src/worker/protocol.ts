// What the page and the worker of the language service say to each other.
export interface Schema {
  tables: { name: string; description?: string; source?: boolean; columns: { name: string; type: string; description?: string; hidden?: boolean }[] }[]
  functions: { name: string; signature?: string; description?: string; body?: string; builtin?: boolean }[]
  operators: string[]
  unsupported: string[]
}
export interface Completion {
  label: string
  before: string
  after: string
  kind: string
  rank: number
}
export type Request =
  | { id: number; do: 'schema'; schema: Schema }
  | { id: number; do: 'complete'; text: string; at: number }
  | { id: number; do: 'hover'; text: string; at: number }
  | { id: number; do: 'check'; text: string }
  | { id: number; do: 'signature'; text: string; at: number }
export interface Mark {
  from: number
  to: number
  severity: string
  message: string
  code: string
}
export interface Answer {
  id: number
  error?: string
  start?: number
  length?: number
  items?: Completion[]
  text?: string
  marks?: Mark[]
}
