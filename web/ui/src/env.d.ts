/// <reference types="vite/client" />
declare module 'virtual:world' {
  const world: { width: number; height: number; countries: { code: string; name: string; d: string; at: [number, number] }[] }
  export default world
}
declare module '@kusto/language-service-next/bridge.min.js'
declare module '@kusto/language-service-next/Kusto.Language.Bridge.min.js'
