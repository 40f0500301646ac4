import { expect, test } from 'vitest'
import { pressed, type Binding } from './keys'

const run = () => {}
const all: Binding[] = [
  { keys: 'g o', label: '', run },
  { keys: 'o', label: '', run },
  { keys: 'Ctrl+k', label: '', run },
  { keys: 'c', label: '', run },
]

test('two keys go before one', () => {
  expect(pressed({ key: 'o' }, 'g', all)?.keys).toBe('g o')
  expect(pressed({ key: 'o' }, '', all)?.keys).toBe('o')
})

test('modifiers are part of the key', () => {
  expect(pressed({ key: 'K', ctrlKey: true }, '', all)?.keys).toBe('Ctrl+k')
  expect(pressed({ key: 'k', metaKey: true }, '', all)?.keys).toBe('Ctrl+k')
  expect(pressed({ key: 'c', ctrlKey: true }, '', all)).toBeUndefined()
  expect(pressed({ key: 'c', altKey: true }, '', all)).toBeUndefined()
})
