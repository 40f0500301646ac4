// Colours of KQL, line by line; the language service knows the rest.
import type { StreamParser } from '@codemirror/language'
import { tags } from '@lezer/highlight'

const keywords = new Set(
  `and as asc between by consume contains contains_cs count datatable declare desc distinct endswith evaluate extend externaldata false find first from fork
  facet getschema graph has has_all has_any has_cs hasprefix hassuffix hint in invoke isfuzzy join kind last let limit lookup make-graph make-series
  materialize matches mv-apply mv-expand not nulls of on or order parse parse-kv parse-where partition pattern print project project-away project-keep
  project-rename project-reorder query_parameters range reduce regex render restrict sample sample-distinct scan search serialize set sort startswith
  step summarize take to toscalar top top-hitters top-nested true typeof union view where with withsource !between !contains !has !in !startswith !endswith`.split(/\s+/),
)

interface State {
  multi: boolean
  fresh: boolean
  word: boolean // the last token was a keyword
}

export const kqlMode: StreamParser<State> = {
  name: 'kql',
  startState: () => ({ multi: false, fresh: true, word: false }),
  token(s, state) {
    if (state.multi) {
      if (s.skipTo('```')) {
        s.match('```')
        state.multi = false
      } else s.skipToEnd()
      return 'string'
    }
    if (s.eatSpace()) return null
    if (s.match('//')) {
      s.skipToEnd()
      return 'comment'
    }
    const fresh = state.fresh
    if (s.match('```')) {
      state.multi = true
      return 'string'
    }
    if (s.match(/^[hH]?@"(?:[^"]|"")*"?|^[hH]?@'(?:[^']|'')*'?|^[hH]?"(?:[^"\\]|\\.)*"?|^[hH]?'(?:[^'\\]|\\.)*'?/)) return 'string'
    if (s.match(/^\d+(\.\d+)?(ms|s|m|h|d|tick|microsecond|micro|nano)?\b/)) return 'number'
    const word = s.match(/^!?[A-Za-z_$][\w$]*(-[a-z]+)*/, false) as RegExpMatchArray | null
    if (word) {
      const plain = (s.match(/^!?[A-Za-z_$][\w$]*/, false) as RegExpMatchArray)[0]
      const whole = word[0]
      const use = keywords.has(whole) ? whole : plain
      for (let i = 0; i < use.length; i++) s.next()
      state.fresh = false
      state.word = keywords.has(use)
      if (state.word) {
        if (use === 'union' || use === 'join' || use === 'lookup') state.fresh = true
        return 'keyword'
      }
      if (s.match(/^\s*\(/, false)) return 'function'
      return fresh && /^[A-Z]/.test(use) ? 'typeName' : 'variableName'
    }
    const c = s.next()
    if (c === ';' || (c === '(' && state.word)) state.fresh = true
    else if (c !== ',') state.fresh = false
    state.word = false
    return null
  },
  blankLine(state) {
    state.fresh = true
  },
  languageData: { commentTokens: { line: '//' }, closeBrackets: { brackets: ['(', '[', '{', '"', "'"] } },
  tokenTable: { function: tags.function(tags.variableName) },
}
