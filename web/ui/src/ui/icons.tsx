// Icons of 16 px, drawn for this page.
const paths = {
  overview: 'M2 2h5v6H2zM9 2h5v3H9zM9 7h5v7H9zM2 10h5v4H2z',
  query: 'M2.5 3.5 6 7l-3.5 3.5M8 12h5.5',
  incidents: 'M8 1.8 14.5 13.5h-13zM8 6v3.4M8 11.4v.2',
  rules: 'M8 1.5 13.5 4v4c0 3.2-2.3 5.3-5.5 6.5C4.8 13.3 2.5 11.2 2.5 8V4zM5.5 8l2 2 3-3.5',
  sources: 'M8 6.2c3 0 5.5-.9 5.5-2.1S11 2 8 2 2.5 2.9 2.5 4.1 5 6.2 8 6.2zM2.5 4.1v7.8C2.5 13.1 5 14 8 14s5.500-.9 5.500-2.100V4.100M2.500 8c0 1.200 2.500 2.100 5.500 2.100s5.500-.9 5.500-2.100',
  integrity: 'M8 1.800v3M8 4.800H4v3M8 4.800h4v3M2.500 7.800h3v3h-3zM10.500 7.800h3v3h-3zM4 10.800v3.200M12 10.800v3.200',
  dashboards: 'M2 13.500V8M6 13.500V3M10 13.500V6M14 13.500V10',
  settings: 'M2 4.500h6M12 4.500h2M2 11.500h2M8 11.500h6M10 2.500v4M6 9.500v4',
  person: 'M8 7.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.500 14.500c.6-3 2.700-4.700 5.500-4.700s4.900 1.700 5.500 4.700',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.600 10.600 14 14',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1v1.500M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  moon: 'M13.500 9.800A6 6 0 0 1 6.200 2.500a6 6 0 1 0 7.300 7.300z',
  close: 'M3.500 3.500l9 9M12.500 3.500l-9 9',
  down: 'M4 6l4 4 4-4',
  right: 'M6 4l4 4-4 4',
  left: 'M10 4 6 8l4 4',
  clock: 'M8 14.500a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM8 4.500V8l2.500 1.500',
  menu: 'M2 4h12M2 8h12M2 12h12',
  play: 'M4.500 2.500v11l9-5.500z',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  copy: 'M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3',
  download: 'M8 2v8M4.500 7 8 10.500 11.500 7M2.500 13.500h11',
  filter: 'M2 3h12L9.500 8.500V13l-3-1.500v-3z',
  pin: 'M6 2h4l-.5 4.500L12 9H4l2.500-2.500zM8 9v5',
  alert: 'M8 14.500a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM8 4.800v4M8 11v.2',
  check: 'M3 8.500 6.500 12 13 4.500',
  table: 'M2 3h12v10H2zM2 6.500h12M6.500 6.500V13',
  chart: 'M2 13.500h12M3 11l3.500-4 3 2.500L13.500 4',
  history: 'M2.500 8a5.500 5.500 0 1 0 1.800-4M2.500 2v2.800h2.800M8 5v3.200l2 1.300',
  star: 'M8 2l1.800 3.800 4.200.5-3.100 2.900.8 4.100L8 11.300 4.300 13.300l.8-4.100L2 6.300l4.200-.5z',
  external: 'M6.500 3.500h-3v9h9v-3M9 2.500h4.500V7M13.500 2.500 7.500 8.500',
  building: 'M3 14V2.500h7V14M10 6.500h3V14M1.500 14h13M5.500 5.500h2M5.500 8.500h2M5.500 11.500h2',
  out: 'M6.500 2.500h-4v11h4M10 5l3 3-3 3M13 8H6',
  print: 'M4.500 6V2h7v4M4.500 11.500h-2V6h11v5.500h-2M4.500 9.500h7V14h-7z',
  pause: 'M5 3v10M11 3v10',
  more: 'M3.500 8h.01M8 8h.01M12.500 8h.01',
  columns: 'M2 3h12v10H2zM6 3v10M10 3v10',
  wand: 'M3 13 10 6M11 2v2M13.500 4.500h-2M9 2.500l.8.800M13 7l-.8-.8',
  tree: 'M3 2.500h4M5 2.500v9.500h3M5 7h3M9 5.500h4v3H9zM9 10.500h4v3H9z',
} as const

export type IconName = keyof typeof paths

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth={name === 'more' ? 2 : 1.4} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}

export function Logo({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="var(--accent)" />
      <path d="M7 9l4.200 14L16 12l4.800 11L25 9" fill="none" stroke="var(--on-accent)" strokeWidth="3" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  )
}
