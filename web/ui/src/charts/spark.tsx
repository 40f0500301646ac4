/** Spark is a line without axes; its last point has a dot. */
export function Spark({ values, width = 120, height = 32, tone = 'var(--accent)', label }: { values: number[]; width?: number; height?: number; tone?: string; label: string }) {
  const v = values.filter((n) => Number.isFinite(n))
  if (v.length < 2) return <svg width={width} height={height} role="img" aria-label={label} />
  const max = Math.max(...v)
  const min = Math.min(...v, max === Math.min(...v) ? max - 1 : Infinity)
  const x = (i: number) => 2 + (i * (width - 5)) / (v.length - 1)
  const y = (n: number) => height - 3 - ((n - min) / (max - min || 1)) * (height - 6)
  const line = v.map((n, i) => `${i ? 'L' : 'M'}${x(i).toFixed(1)} ${y(n).toFixed(1)}`).join('')
  return (
    <svg className="spark" viewBox={`0 0 ${width} ${height}`} width={width} height={height} preserveAspectRatio="none" role="img" aria-label={label}>
      <path d={`${line}L${x(v.length - 1)} ${height}L${x(0)} ${height}Z`} fill={tone} opacity=".12" />
      <path d={line} fill="none" stroke={tone} strokeWidth="1.500" strokeLinejoin="round" vectorEffect="non-scaling-stroke" />
    </svg>
  )
}
