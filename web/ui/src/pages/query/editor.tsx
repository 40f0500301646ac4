// The editor: CodeMirror with KQL's colours at once, and Microsoft's language
// service for completion, hover, signatures and marks when its worker is there.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab, toggleComment } from '@codemirror/commands'
import { bracketMatching, HighlightStyle, indentOnInput, StreamLanguage, syntaxHighlighting } from '@codemirror/language'
import { linter, lintKeymap, type Diagnostic as LintMark } from '@codemirror/lint'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { EditorState, Prec, StateEffect, StateField } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers, placeholder, showTooltip, type Tooltip } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { useEffect, useImperativeHandle, useRef, type Ref } from 'react'
import { kqlMode } from './mode'
import { ask } from './service'
import { values } from './values'
import { send, type Diagnostic } from '../../lib/api'
import { at as statementAt, statements } from '../../lib/kql'

export interface EditorHandle {
  text: () => string
  /** what Shift+Enter runs: the selection, or the statement at the cursor */
  statement: () => { text: string; from: number } | undefined
  set: (text: string) => void
  insert: (text: string) => void
  focus: () => void
}

interface Props {
  text: string
  onChange: (text: string) => void
  onRun: (whole: boolean) => void
  onFormat: () => void
  handle: Ref<EditorHandle>
}

const style = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--syntax-keyword)' },
  { tag: tags.function(tags.variableName), color: 'var(--syntax-function)' },
  { tag: tags.typeName, color: 'var(--syntax-table)', fontWeight: '600' },
  { tag: tags.string, color: 'var(--syntax-string)' },
  { tag: tags.number, color: 'var(--syntax-number)' },
  { tag: tags.comment, color: 'var(--syntax-comment)', fontStyle: 'italic' },
  { tag: tags.variableName, color: 'var(--syntax-column)' },
])

const theme = EditorView.theme({
  '&': { height: '100%', fontSize: '13px', backgroundColor: 'var(--surface)', color: 'var(--text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.6', fontVariantLigatures: 'none' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--muted)', border: '0' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--hover) 55%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-selectionBackground, &.cm-focused .cm-selectionBackground': { backgroundColor: 'color-mix(in srgb, var(--accent) 24%, transparent) !important' },
  '.cm-placeholder': { color: 'var(--muted)' },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', color: 'var(--text)', border: '1px solid var(--line)', borderRadius: '6px', boxShadow: 'var(--shadow-big)' },
  '.cm-tooltip-autocomplete > ul > li': { padding: '2px 8px', fontFamily: 'var(--mono)' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--selected)', color: 'var(--text)' },
  '.cm-completionDetail': { color: 'var(--muted)', fontStyle: 'normal' },
  '.cm-matchingBracket': { backgroundColor: 'var(--selected) !important' },
  '.cm-panels': { backgroundColor: 'var(--sunken)', color: 'var(--text)' },
})

const nonce = () => document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? ''

async function complete(c: CompletionContext): Promise<CompletionResult | null> {
  const text = c.state.doc.toString()
  const before = text.slice(0, c.pos)
  const inValue = /([A-Za-z_]\w*)\s*(?:==|!=|=~|!~|has|has_cs|startswith|in~?\s*\((?:\s*"[^"]*"\s*,)*)\s*"([^"\n]*)$/.exec(before)
  if (inValue) {
    const s = statementAt(text, c.pos)
    const found = await values(s?.text ?? '', inValue[1]!)
    return found.length ? { from: c.pos - inValue[2]!.length, options: found.map((v) => ({ label: v.value, detail: v.detail, type: 'constant', apply: v.value.replace(/[\\"]/g, '\\$&') })), filter: true } : null
  }
  const word = c.matchBefore(/[\w$]*/)
  if (!c.explicit && !word?.text && !/[|(,=.]\s?$/.test(before)) return null
  const got = await ask({ do: 'complete', text, at: c.pos })
  if (c.aborted || !got.items?.length) return null
  return {
    from: got.start ?? c.pos,
    options: got.items.map((i): Completion => ({
      label: i.label,
      detail: detail(i.kind),
      type: icon(i.kind),
      boost: Math.max(-99, 50 - i.rank / 6),
      apply: (view, _, from, to) => {
        const put = i.before + i.after
        view.dispatch({ changes: { from, to, insert: put }, selection: { anchor: from + i.before.length } })
      },
    })),
    validFor: /^[\w$]*$/,
  }
}

function detail(kind: string): string {
  return kind.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/Prefix|Infix|Built In/g, '').trim().toLowerCase()
}

function icon(kind: string): string {
  if (/function/i.test(kind)) return 'function'
  if (/table/i.test(kind)) return 'class'
  if (/column/i.test(kind)) return 'property'
  if (/variable|parameter/i.test(kind)) return 'variable'
  return 'keyword'
}

const hover = hoverTooltip(async (view, pos) => {
  const got = await ask({ do: 'hover', text: view.state.doc.toString(), at: pos })
  if (!got.text) return null
  return { pos, above: true, create: () => ({ dom: tip(got.text!) }) }
})

function tip(text: string): HTMLElement {
  const dom = document.createElement('div')
  dom.className = 'cm-info'
  dom.textContent = text
  return dom
}

const setSignature = StateEffect.define<Tooltip | null>()
const signature = StateField.define<Tooltip | null>({
  create: () => null,
  update(v, tr) {
    for (const e of tr.effects) if (e.is(setSignature)) return e.value
    return tr.docChanged && v ? { ...v, pos: tr.newSelection.main.head } : v
  },
  provide: (f) => showTooltip.from(f),
})
const signatures = EditorView.updateListener.of((u) => {
  if (!u.docChanged && !u.selectionSet) return
  const at = u.state.selection.main.head
  const before = u.state.doc.sliceString(Math.max(0, at - 300), at)
  if (!/[\w-]\s*\([^()|]*$/.test(before) || !u.view.hasFocus) {
    if (u.state.field(signature)) queueMicrotask(() => u.view.dispatch({ effects: setSignature.of(null) }))
    return
  }
  void ask({ do: 'signature', text: u.state.doc.toString(), at }).then((a) => {
    if (u.view.state.selection.main.head !== at) return
    const t: Tooltip | null = a.text ? { pos: at, above: true, create: () => ({ dom: tip(a.text!) }) } : null
    if (t || u.view.state.field(signature)) u.view.dispatch({ effects: setSignature.of(t) })
  })
})

// Marks of both: the service answers at once, the server is right.
const checks = linter(
  async (view) => {
    const text = view.state.doc.toString()
    const parts = statements(text)
    const out: LintMark[] = []
    const most = text.length
    await Promise.all(
      parts.slice(0, 12).map(async (p) => {
        const run = statementAt(text, p.from)!
        const shift = run.text.length - p.text.length
        const [local, remote] = await Promise.all([ask({ do: 'check', text: run.text }), send<{ ok: boolean; diagnostics: Diagnostic[] | null }>('POST', '/v1/query/check', { query: run.text }).catch(() => undefined)])
        for (const d of remote?.diagnostics ?? []) {
          const from = p.from + offset(run.text, d.line ?? 1, d.column ?? 1) - shift
          const to = d.endLine ? p.from + offset(run.text, d.endLine, d.endColumn ?? 1) - shift : from + 1
          if (to > p.from) out.push({ from: clamp(from, p.from, most), to: clamp(Math.max(to, from + 1), p.from, most), severity: (d.severity ?? 'error').toLowerCase() === 'error' ? 'error' : 'warning', message: d.message + (d.hint ? '\n' + d.hint : ''), source: d.code })
        }
        for (const m of local.marks ?? []) {
          const from = p.from + m.from - shift
          // Where our compiler is content, the service's errors are about its own
          // schema; where both complain, the server's words win.
          if (m.severity === 'Error' && remote) continue
          if (from < p.from || out.some((o) => o.from <= from && from < o.to)) continue
          out.push({ from, to: clamp(Math.max(p.from + m.to - shift, from + 1), p.from, most), severity: m.severity === 'Error' ? 'error' : m.severity === 'Warning' ? 'warning' : 'info', message: m.message, source: m.code })
        }
      }),
    )
    return out.sort((a, b) => a.from - b.from)
  },
  { delay: 500 },
)

function clamp(n: number, min: number, max: number) {
  return Math.max(min, Math.min(max, n))
}

/** offset of a line and column, both from 1; columns count characters. */
export function offset(text: string, line: number, column: number): number {
  let at = 0
  for (let l = 1; l < line; l++) {
    const n = text.indexOf('\n', at)
    if (n < 0) return text.length
    at = n + 1
  }
  return Math.min(text.length, at + column - 1)
}

export default function Editor({ text, onChange, onRun, onFormat, handle }: Props) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(null)
  const calls = useRef({ onChange, onRun, onFormat })
  calls.current = { onChange, onRun, onFormat }
  useEffect(() => {
    const v = new EditorView({
      parent: host.current!,
      state: EditorState.create({
        doc: text,
        extensions: [
          EditorView.cspNonce.of(nonce()),
          lineNumbers(),
          history(),
          drawSelection(),
          highlightActiveLine(),
          highlightSelectionMatches(),
          indentOnInput(),
          bracketMatching(),
          closeBrackets(),
          EditorState.allowMultipleSelections.of(true),
          StreamLanguage.define(kqlMode),
          syntaxHighlighting(style),
          theme,
          EditorView.lineWrapping,
          placeholder('SigninLogs | where …'),
          EditorView.contentAttributes.of({ 'aria-label': 'KQL query', spellcheck: 'false' }),
          autocompletion({ override: [complete], activateOnTyping: true, maxRenderedOptions: 120 }),
          hover,
          signature,
          signatures,
          checks,
          Prec.highest(
            keymap.of([
              { key: 'Shift-Enter', run: () => (calls.current.onRun(false), true) },
              { key: 'Mod-Enter', run: () => (calls.current.onRun(true), true) },
              { key: 'Shift-Alt-f', run: () => (calls.current.onFormat(), true) },
              { key: 'Mod-/', run: toggleComment },
            ]),
          ),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...lintKeymap, indentWithTab]),
          EditorView.updateListener.of((u) => u.docChanged && calls.current.onChange(u.state.doc.toString())),
        ],
      }),
    })
    view.current = v
    return () => v.destroy()
    // One view per editor; later texts come through the handle.
  }, [])
  useImperativeHandle(handle, () => ({
    text: () => view.current!.state.doc.toString(),
    statement: () => {
      const s = view.current!.state
      const sel = s.selection.main
      if (!sel.empty) return { text: s.sliceDoc(sel.from, sel.to), from: sel.from }
      const found = statementAt(s.doc.toString(), sel.head)
      return found && { text: found.text, from: found.from }
    },
    set: (t) => {
      const v = view.current!
      if (v.state.doc.toString() !== t) v.dispatch({ changes: { from: 0, to: v.state.doc.length, insert: t }, selection: { anchor: Math.min(t.length, v.state.selection.main.head) } })
    },
    insert: (t) => {
      const v = view.current!
      v.dispatch(v.state.replaceSelection(t))
      v.focus()
    },
    focus: () => view.current!.focus(),
  }))
  return <div className="editor" ref={host} />
}
