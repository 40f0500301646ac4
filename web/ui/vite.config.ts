import { defineConfig } from 'vitest/config'
import react from '@vitejs/plugin-react'
import { world } from './world.ts'

// WHOLELOG is the server that the dev server passes requests on to.
const server = process.env.WHOLELOG ?? 'http://127.0.0.1:8420'

export default defineConfig({
  plugins: [react(), world()],
  define: { global: 'globalThis' },
  worker: { format: 'iife' },
  build: {
    outDir: '.out',
    target: 'es2022',
    // Data URLs would need img-src data: for fonts and icons; files are cached.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 6000,
  },
  server: { proxy: { '/v1': { target: server, changeOrigin: true } } },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts', 'src/**/*.test.tsx'] },
})
