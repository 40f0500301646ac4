import { createRoot } from 'react-dom/client'
import { App } from './shell/app'
import { load } from './lib/store'
import './styles/tokens.css'
import './styles/parts.css'
import './styles/shell.css'
import './styles/charts.css'
import './styles/pages.css'

// Before the first paint, so that nothing flashes.
document.documentElement.dataset.theme = load('theme', '') || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
createRoot(document.getElementById('root')!).render(<App />)
