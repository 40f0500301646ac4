import { createRequire } from 'node:module'
import { geoEqualEarth, geoPath } from 'd3-geo'
import { feature } from 'topojson-client'
import { iso31661 } from 'iso-3166'
import type { Plugin } from 'vite'

// world makes `virtual:world`: the countries as SVG paths, so that the page
// needs neither a projection nor the topology.
export function world(): Plugin {
  const id = 'virtual:world'
  return {
    name: 'world',
    resolveId: (source) => (source === id ? '\0' + id : undefined),
    load(source) {
      if (source !== '\0' + id) return
      const topology = createRequire(import.meta.url)('world-atlas/countries-110m.json')
      const all = feature(topology, topology.objects.countries) as unknown as { features: { id?: string; properties: { name: string } }[] }
      const shown = { type: 'FeatureCollection', features: all.features.filter((f) => f.id !== '010') }
      const width = 960
      const height = 440
      const projection = geoEqualEarth().rotate([-11, 0]).fitSize([width, height], shown as never)
      const path = geoPath(projection).digits(1)
      const byNumber = new Map(iso31661.map((c) => [c.numeric, c.alpha2]))
      const countries = shown.features.map((f) => ({
        code: byNumber.get(f.id ?? '') ?? '',
        name: f.properties.name,
        d: path(f as never) ?? '',
        at: path.centroid(f as never).map((n) => Math.round(n)),
      }))
      return `export default ${JSON.stringify({ width, height, countries })}`
    },
  }
}
