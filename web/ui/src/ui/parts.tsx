// The parts that every page is made of.
import { useEffect, useId, useRef, useState, type ButtonHTMLAttributes, type ReactNode } from 'react'
import { Icon, type IconName } from './icons'
import { Problem, type Diagnostic } from '../lib/api'
import { ago, local, utc } from '../lib/time'

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & { icon?: IconName; kind?: 'primary' | 'plain' | 'danger'; on?: boolean; big?: boolean }

export function Button({ icon, kind, on, big, children, className, ...rest }: ButtonProps) {
  const c = ['button', kind, on && 'on', big && 'big', !children && 'icon', className].filter(Boolean).join(' ')
  return (
    <button type="button" {...rest} className={c}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  )
}

export function Panel({ title, actions, children, flush, className, label }: { title?: ReactNode; actions?: ReactNode; children: ReactNode; flush?: boolean; className?: string; label?: string }) {
  const id = useId()
  return (
    <section className={'panel ' + (className ?? '')} aria-labelledby={title ? id : undefined} aria-label={title ? undefined : label}>
      {title && (
        <header>
          <h2 id={id}>{title}</h2>
          {actions}
        </header>
      )}
      <div className={flush ? 'body flush' : 'body'}>{children}</div>
    </section>
  )
}

export function Tag({ kind, icon, children, title }: { kind?: 'good' | 'bad' | 'warn' | 'info'; icon?: IconName; children: ReactNode; title?: string }) {
  return (
    <span className={'tag ' + (kind ?? '')} title={title}>
      {icon && <Icon name={icon} size={12} />}
      {children}
    </span>
  )
}

const shapes: Record<string, ReactNode> = {
  critical: (
    <g fill="currentColor">
      <path d="M6 0 8 4H4zM6 12 4 8h4zM0 6l4-2v4zM12 6 8 8V4z" />
      <rect x="3.500" y="3.500" width="5" height="5" />
    </g>
  ),
  high: <path d="M6 1 11.500 11H.5z" fill="currentColor" />,
  medium: <path d="M6 .8 11.200 6 6 11.200.8 6z" fill="currentColor" />,
  low: <circle cx="6" cy="6" r="4.300" fill="none" stroke="currentColor" strokeWidth="2" />,
  informational: <rect x="1.800" y="1.800" width="8.400" height="8.400" fill="none" stroke="currentColor" strokeWidth="1.600" />,
}

export function Severity({ value, short }: { value: string; short?: boolean }) {
  const k = value.toLowerCase()
  const shown = value.charAt(0).toUpperCase() + value.slice(1)
  return (
    <span className={'sev ' + k} title={short ? shown : undefined}>
      <svg width="11" height="11" viewBox="0 0 12 12" aria-hidden="true">
        {shapes[k] ?? shapes.informational}
      </svg>
      {short ? <span className="sr">{shown}</span> : shown}
    </span>
  )
}

/** Time shows UTC, and local time and age on hover. */
export function Time({ at, form = 'second' }: { at?: string | Date | null; form?: 'day' | 'minute' | 'second' | 'milli' | 'ago' }) {
  if (!at) return <span className="muted">–</span>
  const t = new Date(at)
  if (Number.isNaN(t.getTime()) || t.getUTCFullYear() < 1900) return <span className="muted">–</span>
  return (
    <time dateTime={t.toISOString()} title={`${utc(t, 'milli')} UTC\n${local(t)}`} style={{ whiteSpace: 'nowrap' }}>
      {form === 'ago' ? ago(t) : utc(t, form)}
    </time>
  )
}

export function Skeleton({ lines = 3, height }: { lines?: number; height?: number | string }) {
  if (height !== undefined) return <span className="skeleton" style={{ height }} aria-hidden="true" />
  return (
    <div className="stack" style={{ padding: 4 }} role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} className="skeleton" style={{ width: `${92 - ((i * 17) % 40)}%` }} />
      ))}
    </div>
  )
}

export function Empty({ title, children, icon, action }: { title: string; children?: ReactNode; icon?: IconName; action?: ReactNode }) {
  return (
    <div className="empty">
      {icon && <Icon name={icon} size={24} />}
      <strong>{title}</strong>
      {children && <div>{children}</div>}
      {action}
    </div>
  )
}

export function ProblemBox({ error, retry }: { error: unknown; retry?: () => void }) {
  const p = error instanceof Problem ? error : new Problem({ title: error instanceof Error ? error.message : String(error) })
  return (
    <div className="problem" role="alert">
      <Icon name="alert" />
      <div className="grow">
        <strong>{p.message}</strong>
        {p.detail && <div>{p.detail}</div>}
        {p.hint && <div>{p.hint}</div>}
        {p.diagnostics.length > 0 && <Diagnostics list={p.diagnostics} skip={p.message} />}
      </div>
      {retry && <Button onClick={retry}>Try again</Button>}
    </div>
  )
}

export function Diagnostics({ list, skip }: { list: Diagnostic[]; skip?: string }) {
  const shown = list.filter((d) => !(skip && skip.includes(d.message) && !d.hint))
  if (shown.length === 0) return null
  return (
    <ul className="stack-s" style={{ marginTop: 4 }}>
      {shown.map((d, i) => (
        <li key={i}>
          {d.line ? <code>{d.line}:{d.column} </code> : null}
          {d.message}
          {d.hint && <span className="muted"> {d.hint}</span>}
        </li>
      ))}
    </ul>
  )
}

export function Banner({ children, info }: { children: ReactNode; info?: boolean }) {
  return (
    <div className={info ? 'banner info' : 'banner'} role="status">
      <Icon name="alert" />
      <div className="grow">{children}</div>
    </div>
  )
}

export function Tabs<T extends string>({ value, options, onChange, label }: { value: T; options: [T, ReactNode][]; onChange: (v: T) => void; label: string }) {
  return (
    <div
      className="tabs"
      role="tablist"
      aria-label={label}
      onKeyDown={(e) => {
        const step = e.key === 'ArrowRight' ? 1 : e.key === 'ArrowLeft' ? -1 : 0
        if (!step) return
        e.preventDefault()
        const i = options.findIndex(([v]) => v === value)
        onChange(options[(i + step + options.length) % options.length]![0])
        const list = e.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')
        list[(i + step + options.length) % options.length]?.focus()
      }}
    >
      {options.map(([v, text]) => (
        <button key={v} type="button" role="tab" aria-selected={v === value} tabIndex={v === value ? 0 : -1} onClick={() => onChange(v)}>
          {text}
        </button>
      ))}
    </div>
  )
}

/** Menu is a button with a popover that Escape and a click elsewhere close. */
export function Menu({ button, children, side = 'right', label, className, kind = 'menu' }: { button: (p: { onClick: () => void; 'aria-expanded': boolean; 'aria-haspopup': 'menu' | 'dialog' }) => ReactNode; children: (close: () => void) => ReactNode; side?: 'left' | 'right'; label: string; className?: string; kind?: 'menu' | 'dialog' }) {
  const [open, setOpen] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!open) return
    const away = (e: Event) => {
      if (!box.current?.contains(e.target as Node)) setOpen(false)
    }
    const key = (e: KeyboardEvent) => {
      if (e.key === 'Escape') {
        e.stopPropagation()
        setOpen(false)
        box.current?.querySelector<HTMLElement>('button')?.focus()
      }
    }
    document.addEventListener('pointerdown', away)
    document.addEventListener('focusin', away)
    document.addEventListener('keydown', key, true)
    box.current?.querySelector<HTMLElement>('.popover [data-first], .popover button, .popover input')?.focus()
    return () => {
      document.removeEventListener('pointerdown', away)
      document.removeEventListener('focusin', away)
      document.removeEventListener('keydown', key, true)
    }
  }, [open])
  return (
    <div className="anchor" ref={box}>
      {button({ onClick: () => setOpen(!open), 'aria-expanded': open, 'aria-haspopup': kind })}
      {open && (
        <div
          className={`popover fade ${side} ${className ?? ''}`}
          role={kind}
          aria-label={label}
          onKeyDown={(e) => {
            const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0
            if (!step || e.target instanceof HTMLInputElement) return
            e.preventDefault()
            const list = [...e.currentTarget.querySelectorAll<HTMLElement>('.item')]
            const i = list.indexOf(document.activeElement as HTMLElement)
            list[(i + step + list.length) % list.length]?.focus()
          }}
        >
          {children(() => setOpen(false))}
        </div>
      )}
    </div>
  )
}

export function Item({ children, onClick, checked, icon }: { children: ReactNode; onClick: () => void; checked?: boolean; icon?: IconName }) {
  return (
    <button type="button" className="item" role={checked === undefined ? 'menuitem' : 'menuitemradio'} aria-checked={checked} onClick={onClick}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  )
}

export function Dialog({ title, children, footer, onClose, wide }: { title: string; children: ReactNode; footer?: ReactNode; onClose: () => void; wide?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const d = ref.current
    if (d && !d.open) d.showModal()
  }, [])
  return (
    <dialog
      ref={ref}
      className={wide ? 'dialog wide' : 'dialog'}
      aria-labelledby={id}
      onCancel={(e) => {
        e.preventDefault()
        onClose()
      }}
      onClick={(e) => {
        if (e.target === e.currentTarget) onClose()
      }}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <Button icon="close" kind="plain" aria-label="Close" onClick={onClose} />
      </header>
      <div className="body">{children}</div>
      {footer && <footer>{footer}</footer>}
    </dialog>
  )
}

export function CopyButton({ value, label = 'Copy' }: { value: string; label?: string }) {
  const [done, setDone] = useState(false)
  return (
    <Button
      icon={done ? 'check' : 'copy'}
      kind="plain"
      aria-label={label}
      title={label}
      onClick={() => {
        void copy(value)
        setDone(true)
        setTimeout(() => setDone(false), 1200)
      }}
    />
  )
}

export async function copy(value: string) {
  try {
    await navigator.clipboard.writeText(value)
    toast('Copied')
  } catch {
    toast('The browser does not allow copying here', 'bad')
  }
}

interface Toast {
  id: number
  text: string
  kind: string
}
let toasts: Toast[] = []
let tell: ((t: Toast[]) => void) | undefined
let serial = 0

export function toast(text: string, kind: '' | 'bad' = '') {
  const t = { id: ++serial, text, kind }
  toasts = [...toasts.slice(-3), t]
  tell?.(toasts)
  setTimeout(() => {
    toasts = toasts.filter((x) => x !== t)
    tell?.(toasts)
  }, kind ? 8000 : 2500)
}

export function failed(e: unknown) {
  toast(e instanceof Problem ? [e.message, e.detail, e.hint].filter(Boolean).join('. ') : String(e), 'bad')
}

export function Toasts() {
  const [list, setList] = useState<Toast[]>([])
  useEffect(() => {
    tell = setList
    return () => void (tell = undefined)
  }, [])
  return (
    <div className="toasts" role="status" aria-live="polite">
      {list.map((t) => (
        <div key={t.id} className={'toast fade ' + t.kind}>
          {t.text}
        </div>
      ))}
    </div>
  )
}
