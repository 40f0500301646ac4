// Entities around an incident, each leading to what is known of it.
import { useSize } from '../../charts/size'
import { quote } from '../../lib/kql'
import type { Incident } from '../../lib/live'
import { go, href, queryHref } from '../../lib/url'

type Entity = NonNullable<Incident['entities']>[number]

export function entityName(e: Entity): string {
  const f = e.fields ?? e.Fields ?? {}
  if ((e.type ?? e.Type) === 'Account' && f.Name && f.UPNSuffix && !f.FullName) return `${f.Name}@${f.UPNSuffix}`
  for (const k of ['FullName', 'Name', 'Address', 'ResourceId', 'HostName', 'Url', 'AadUserId', 'AppId']) if (f[k]) return f[k]!
  return Object.values(f)[0] ?? ''
}

/** placed lays entities on rings around the middle, kinds together. */
export function placed(list: Entity[], width: number, height: number): { e: Entity; x: number; y: number }[] {
  const shown = [...list].sort((a, b) => (a.type ?? a.Type ?? '').localeCompare(b.type ?? b.Type ?? '')).slice(0, 24)
  return shown.map((e, i) => {
    const a = (2 * Math.PI * i) / shown.length - Math.PI / 2
    const ring = shown.length > 8 && i % 2 ? 0.62 : 0.92
    return { e, x: width / 2 + Math.cos(a) * (width / 2 - 120) * ring, y: height / 2 + Math.sin(a) * (height / 2 - 32) * ring }
  })
}

export function EntityGraph({ i, range }: { i: Incident; range: { from: string; to: string } }) {
  const list = i.entities ?? []
  const height = Math.min(420, 180 + list.length * 14)
  const [box, measured] = useSize<HTMLDivElement>()
  const width = Math.max(320, measured)
  const nodes = placed(list, width, height)
  const open = (e: Entity) => {
    const n = entityName(e)
    const kind = e.type ?? e.Type
    if (kind === 'Account') go(href('/person/' + encodeURIComponent(n), range))
    else if (kind === 'IP') go(queryHref(`union isfuzzy=true SigninLogs, AADNonInteractiveUserSignInLogs\n| where IPAddress == ${quote(n)}\n| order by TimeGenerated desc`, range))
    else go(queryHref(`search ${quote(n)}\n| take 200`, range))
  }
  const color: Record<string, string> = { Account: 'var(--c1)', IP: 'var(--c2)', CloudApplication: 'var(--c4)', Host: 'var(--c3)', AzureResource: 'var(--c7)' }
  return (
    <div ref={box}>
    <svg className="graph" width={width} height={height} role="group" aria-label="Entities of the incident">
      {nodes.map((n, k) => (
        <line key={k} x1={width / 2} y1={height / 2} x2={n.x} y2={n.y} className="edge" />
      ))}
      <g transform={`translate(${width / 2} ${height / 2})`}>
        <circle r={20} className="node-middle" />
        <text textAnchor="middle" dy={4} className="node-number">
          #{i.number}
        </text>
      </g>
      {nodes.map((n, k) => {
        const kind = n.e.type ?? n.e.Type ?? ''
        const name = entityName(n.e)
        return (
          <g key={k} className="node" transform={`translate(${n.x} ${n.y})`} role="link" tabIndex={0} onClick={() => open(n.e)} onKeyDown={(e) => e.key === 'Enter' && open(n.e)}>
            <circle r={7} fill={color[kind] ?? 'var(--c8)'} />
            <text textAnchor="middle" dy={-13} className="node-kind">
              {kind}{' '}
            </text>
            <text textAnchor="middle" dy={22}>
              {name.length > 30 ? name.slice(0, 29) + '…' : name}
            </text>
          </g>
        )
      })}
    </svg>
    </div>
  )
}
