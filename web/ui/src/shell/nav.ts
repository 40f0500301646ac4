import type { IconName } from '../ui/icons'

export interface Place {
  path: string
  label: string
  icon: IconName
  key: string
  hint: string
}

/** places are the pages, in the order of the navigation. */
export const places: Place[] = [
  { path: '/', label: 'Overview', icon: 'overview', key: 'o', hint: 'What happened, at a glance' },
  { path: '/query', label: 'Query', icon: 'query', key: 'q', hint: 'Ask anything in KQL' },
  { path: '/incidents', label: 'Incidents', icon: 'incidents', key: 'i', hint: 'Triage what rules found' },
  { path: '/rules', label: 'Rules', icon: 'rules', key: 'r', hint: 'What is looked for' },
  { path: '/person', label: 'People', icon: 'person', key: 'p', hint: "A person's access, in one order" },
  { path: '/dashboards', label: 'Dashboards', icon: 'dashboards', key: 'd', hint: 'Views of sign-ins, privilege, guests …' },
  { path: '/sources', label: 'Sources', icon: 'sources', key: 's', hint: 'Is everything collected?' },
  { path: '/integrity', label: 'Integrity', icon: 'integrity', key: 'n', hint: 'Checkpoint, segments, proofs' },
  { path: '/settings', label: 'Settings', icon: 'settings', key: 't', hint: 'People, tokens, routes, own audit' },
]
