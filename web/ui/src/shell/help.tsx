import { Fragment } from 'react'
import { Dialog } from '../ui/parts'
import { bindings } from '../lib/keys'

export function Help({ close }: { close: () => void }) {
  const groups = new Map<string, [string, string][]>()
  const seen = new Set<string>()
  for (const b of bindings()) {
    if (seen.has(b.keys)) continue
    seen.add(b.keys)
    const g = b.group ?? 'Everywhere'
    groups.set(g, [...(groups.get(g) ?? []), [b.keys, b.label]])
  }
  groups.set('Query editor', [
    ['Shift+Enter', 'Run the statement under the cursor'],
    ['Ctrl+Enter', 'Run everything, or the selection'],
    ['Ctrl+Space', 'Complete'],
    ['Shift+Alt+F', 'Format'],
    ['Escape, then Tab', 'Leave the editor'],
  ])
  return (
    <Dialog title="Keys" onClose={close} wide>
      <div style={{ columns: '300px 2', columnGap: 32 }}>
        {[...groups].map(([g, list]) => (
          <section key={g} style={{ breakInside: 'avoid', marginBottom: 16 }}>
            <h3 style={{ marginBottom: 8 }}>{g}</h3>
            <dl className="facts" style={{ gridTemplateColumns: '1fr max-content', rowGap: 6 }}>
              {list.map(([k, label]) => (
                <Fragment key={k}>
                  <dt style={{ color: 'var(--text)' }}>{label}</dt>
                  <dd>
                    {k.split(' ').map((p, i) => (
                      <Fragment key={i}>
                        {i > 0 && ' '}
                        <kbd>{p}</kbd>
                      </Fragment>
                    ))}
                  </dd>
                </Fragment>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
