import { QueryClient, QueryClientProvider, useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react'
import { Help } from './help'
import { places } from './nav'
import { Palette } from './palette'
import { RangePicker, TenantPicker } from './range'
import { SignIn } from './signin'
import { onLost, Problem, send, session, type Session } from '../lib/api'
import { refresh, SessionContext, TickProvider, useSession, useTicker } from '../lib/context'
import { useKeys } from '../lib/keys'
import { useStored } from '../lib/store'
import { go, href, Link, useLoc } from '../lib/url'
import { useOpenIncidents } from '../lib/live'
import { Icon, Logo } from '../ui/icons'
import { Button, Empty, Item, Menu, ProblemBox, Skeleton, Toasts } from '../ui/parts'
import { Boundary } from './boundary'

const pages: Record<string, ReturnType<typeof lazy>> = {
  '': lazy(() => import('../pages/overview')),
  query: lazy(() => import('../pages/query/page')),
  incidents: lazy(() => import('../pages/incidents/page')),
  rules: lazy(() => import('../pages/rules')),
  person: lazy(() => import('../pages/person')),
  dashboards: lazy(() => import('../pages/dashboards')),
  sources: lazy(() => import('../pages/sources')),
  integrity: lazy(() => import('../pages/integrity')),
  settings: lazy(() => import('../pages/settings')),
}

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 20_000,
      refetchOnWindowFocus: false,
      retry: (n, e) => n < 2 && !(e instanceof Problem && e.status >= 400 && e.status < 500),
      placeholderData: (before: unknown) => before,
    },
  },
})

export function App() {
  return (
    <QueryClientProvider client={client}>
      <Gate />
      <Toasts />
    </QueryClientProvider>
  )
}

function Gate() {
  const qc = useQueryClient()
  const { path } = useLoc()
  const s = useQuery({ queryKey: ['session'], queryFn: session, staleTime: 60_000, refetchInterval: 300_000 })
  useEffect(() => onLost(() => void qc.invalidateQueries({ queryKey: ['session'] })), [qc])
  const again = async () => {
    await qc.invalidateQueries()
  }
  if (s.error && !s.data) {
    return (
      <main className="signin" id="main">
        <div className="card">
          <h1>Wholelog</h1>
          <ProblemBox error={s.error} retry={() => void s.refetch()} />
        </div>
      </main>
    )
  }
  if (!s.data) return <main id="main" aria-busy="true" aria-label="Loading" />
  if (!s.data.signedIn || (path[0] === 'signin' && location.hash.includes('token='))) return <SignIn session={s.data} done={again} />
  return (
    <SessionContext.Provider value={s.data}>
      <Ticking>
        <Shell session={s.data} />
      </Ticking>
    </SessionContext.Provider>
  )
}

function Ticking({ children }: { children: ReactNode }) {
  return <TickProvider value={useTicker()}>{children}</TickProvider>
}

/** useTheme follows the system until somebody chooses. */
export function useTheme(): ['light' | 'dark', () => void] {
  const [chosen, setChosen] = useStored<'light' | 'dark' | ''>('theme', '')
  const [system, setSystem] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches)
  useEffect(() => {
    const m = matchMedia('(prefers-color-scheme: dark)')
    const f = () => setSystem(m.matches)
    m.addEventListener('change', f)
    return () => m.removeEventListener('change', f)
  }, [])
  const theme = chosen || (system ? 'dark' : 'light')
  useEffect(() => {
    document.documentElement.dataset.theme = theme
  }, [theme])
  return [theme, () => setChosen(theme === 'dark' ? 'light' : 'dark')]
}

function Shell({ session: s }: { session: Session }) {
  const { path } = useLoc()
  const [narrow, setNarrow] = useStored('narrow', false)
  const [menu, setMenu] = useState(false)
  const [overlay, setOverlay] = useState<'' | 'palette' | 'help'>('')
  const [theme, flip] = useTheme()
  const first = path[0] === 'signin' ? '' : (path[0] ?? '')
  const Page = pages[first]
  const here = places.find((p) => p.path === '/' + first)
  useEffect(() => {
    document.title = here ? `${here.label} · Wholelog` : 'Wholelog'
    setMenu(false)
  }, [here])
  useKeys([
    ...places.map((p) => ({ keys: `g ${p.key}`, label: p.label, group: 'Go to', run: () => go(href(p.path)) })),
    { keys: '/', label: 'Search and commands', run: () => setOverlay('palette') },
    { keys: 'Ctrl+k', label: 'Search and commands', run: () => setOverlay(overlay === 'palette' ? '' : 'palette') },
    { keys: '?', label: 'These keys', run: () => setOverlay('help') },
    { keys: 't', label: 'Light or dark', run: flip },
    { keys: 'r', label: 'Refresh', run: refreshAll },
  ])
  return (
    <div className={narrow ? 'shell narrow' : 'shell'}>
      <a className="skip" href="#main" onClick={(e) => {
        e.preventDefault()
        document.getElementById('main')?.focus()
      }}>
        Skip to content
      </a>
      {menu && <button type="button" className="scrim" aria-label="Close the navigation" onClick={() => setMenu(false)} />}
      <nav className={menu ? 'side open' : 'side'} aria-label="Pages">
        <Link className="brand" href={href('/')} aria-label="Wholelog, overview">
          <Logo />
          <span className="label">wholelog</span>
        </Link>
        {places.map((p) => (
          <Link key={p.path} className="nav" href={href(p.path)} aria-current={here === p ? 'page' : undefined} aria-label={narrow ? p.label : undefined} title={narrow ? p.label : `${p.hint} (g ${p.key})`}>
            <Icon name={p.icon} />
            <span className="label">{p.label}</span>
            {p.path === '/incidents' && <OpenCount />}
          </Link>
        ))}
        <div className="foot">
          <button type="button" className="item collapse" onClick={() => setNarrow(!narrow)} aria-label={narrow ? 'Widen the navigation' : 'Narrow the navigation'}>
            <Icon name={narrow ? 'right' : 'left'} />
            <span className="label muted" style={{ margin: 0 }}>
              Narrow
            </span>
          </button>
        </div>
      </nav>
      <header className="top">
        <Button className="menu-button" icon="menu" kind="plain" aria-label="Navigation" aria-expanded={menu} onClick={() => setMenu(!menu)} />
        <button type="button" className="find" onClick={() => setOverlay('palette')}>
          <Icon name="search" />
          <span className="cut">Search, or paste an address</span>
          <kbd aria-hidden="true">/</kbd>
        </button>
        <span className="grow" />
        <TenantPicker />
        <RangePicker />
        <Button icon={theme === 'dark' ? 'sun' : 'moon'} kind="plain" aria-label={theme === 'dark' ? 'Light theme' : 'Dark theme'} onClick={flip} />
        <UserMenu help={() => setOverlay('help')} />
      </header>
      <main className="main" id="main" tabIndex={-1}>
        {Page ? (
          <Boundary key={first}>
            <Suspense fallback={<div className="page"><Skeleton lines={8} /></div>}>
              <Page />
            </Suspense>
          </Boundary>
        ) : (
          <Empty title="There is no such page" icon="search" action={<Link href={href('/')}>To the overview</Link>} />
        )}
      </main>
      {overlay === 'palette' && (
        <Palette
          close={() => setOverlay('')}
          actions={[
            { group: 'Do', label: theme === 'dark' ? 'Light theme' : 'Dark theme', icon: theme === 'dark' ? 'sun' : 'moon', run: flip },
            { group: 'Do', label: 'Keys', icon: 'more', run: () => setOverlay('help') },
            { group: 'Do', label: 'Sign out', icon: 'out', run: () => void signOut() },
          ]}
        />
      )}
      {overlay === 'help' && <Help close={() => setOverlay('')} />}
      <span className="sr">{s.server?.version}</span>
    </div>
  )
}

function refreshAll() {
  void client.invalidateQueries()
  refresh()
}

async function signOut() {
  await send('DELETE', '/v1/session').catch(() => undefined)
  location.assign('/signin')
}

function OpenCount() {
  const n = useOpenIncidents()
  return n ? (
    <span className="count" title={`${n} open`}>
      {n}
    </span>
  ) : null
}

function UserMenu({ help }: { help: () => void }) {
  const s = useSession()
  return (
    <Menu label="You" button={(p) => <Button icon="person" kind="plain" aria-label={`You: ${s.user?.name ?? ''}`} {...p} />}>
      {(close) => (
        <>
          <div style={{ padding: '6px 8px' }}>
            <strong className="cut" style={{ display: 'block' }}>
              {s.user?.name}
            </strong>
            <span className="muted">{s.roles?.join(', ')}</span>
          </div>
          <Item icon="more" onClick={() => { close(); help() }}>Keys</Item>
          <Item icon="settings" onClick={() => { close(); go(href('/settings')) }}>Settings</Item>
          <Item icon="out" onClick={() => void signOut()}>Sign out</Item>
          <div className="muted" style={{ padding: '6px 8px' }}>
            wholelog {s.server?.version}
          </div>
        </>
      )}
    </Menu>
  )
}
