// How wide a drawing is, so that it is drawn at its size: scaled, its letters would be as small as the screen is narrow.
import type { RefCallback } from 'preact'
import { useLayoutEffect, useState } from 'preact/hooks'

/**
 * What the element to measure is told to, and its width in pixels.
 * @param before until it has been measured; it may come late, as a curve with its first point does
 */
export function useWidth<T extends Element>(before: number): readonly [RefCallback<T>, number] {
  const [element, setElement] = useState<T | null>(null)
  const [width, setWidth] = useState(before)
  useLayoutEffect(() => {
    if (element === null) return
    const measure = () => setWidth(Math.max(1, Math.round(element.getBoundingClientRect().width)))
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [element])
  return [setElement, width]
}
