import { useEffect, useRef, useState } from 'react'
import { Button, ProblemBox } from '../ui/parts'
import { Logo } from '../ui/icons'
import { send, type Session } from '../lib/api'
import { go, parse } from '../lib/url'

/** SignIn takes the token of a link from the fragment, which no log has. */
export function SignIn({ session, done }: { session: Session; done: () => Promise<unknown> }) {
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const [token, setToken] = useState('')
  const tried = useRef(false)
  const at = parse(location.href)
  const to = at.path[0] === 'signin' ? (at.search.get('to') ?? '/') : location.pathname + location.search + location.hash
  const enter = async (path: string, value: string) => {
    setBusy(true)
    setError(undefined)
    try {
      await send('POST', path, { token: value })
      go(to.startsWith('/') && !to.startsWith('//') ? to : '/', true)
      await done()
    } catch (e) {
      setError(e)
    } finally {
      setBusy(false)
    }
  }
  useEffect(() => {
    const link = at.hash.get('token')
    if (at.path[0] !== 'signin' || !link || tried.current) return
    tried.current = true
    history.replaceState(null, '', '/signin')
    void enter('/v1/session/link', link)
  })
  return (
    <main className="signin" id="main">
      <div className="card">
        <div className="row" style={{ gap: 12 }}>
          <Logo size={36} />
          <div>
            <h1>Wholelog</h1>
            <p className="muted">Audit-ready access logs for Entra ID</p>
          </div>
        </div>
        {error !== undefined && <ProblemBox error={error} />}
        {busy && <p role="status">Signing in …</p>}
        {session.oidc?.enabled && (
          <a className="button primary big" href={'/v1/oidc/start?to=' + encodeURIComponent(to)}>
            Sign in with {session.oidc.name || 'your organisation'}
          </a>
        )}
        <form
          className="stack"
          onSubmit={(e) => {
            e.preventDefault()
            if (token.trim()) void enter('/v1/session/token', token.trim())
          }}
        >
          <label className="labelled">
            API token
            <input className="field" type="password" autoComplete="off" value={token} onChange={(e) => setToken(e.target.value)} />
          </label>
          <Button type="submit" kind={session.oidc?.enabled ? undefined : 'primary'} disabled={busy || !token.trim()}>
            Sign in
          </Button>
        </form>
        <p className="muted">
          On the machine itself, <code>wholelog signin --data DIR</code> prints a link that signs in once.
        </p>
      </div>
    </main>
  )
}
