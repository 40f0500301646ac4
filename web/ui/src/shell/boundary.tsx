import { Component, type ReactNode } from 'react'
import { Button, Empty } from '../ui/parts'

/** Boundary keeps a page's fault from taking the others along. */
export class Boundary extends Component<{ children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {}
  static getDerivedStateFromError(error: Error) {
    return { error }
  }
  override render() {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <Empty title="This page failed" icon="alert" action={<Button onClick={() => location.reload()}>Load it again</Button>}>
        <code>{error.message}</code>
      </Empty>
    )
  }
}
