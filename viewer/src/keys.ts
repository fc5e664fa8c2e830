// Keys of the whole page. A key that is typed into a field is the field's.
import { useLayoutEffect } from 'preact/hooks'

/** What keys do, by `KeyboardEvent.key`. */
export type KeyMap = Readonly<Record<string, () => void>>

/** What is typed into. */
const FIELDS = 'input:not([type=radio], [type=range]), textarea, select, [contenteditable]'

/** How keys are heard. */
export interface KeyOptions {
  /** A key that is held down acts once: what is decided with it is decided for good. @default false */
  readonly once?: boolean
}

export function useKeys(keys: KeyMap, { once = false }: KeyOptions = {}): void {
  // Before the browser draws: whoever sees what a key does can press it.
  useLayoutEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const { target, key } = event
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      const field = target instanceof HTMLElement ? target.closest<HTMLElement>(FIELDS) : null
      if (field !== null) {
        if (key === 'Escape') field.blur()
        return
      }
      // Arrows move what is chosen, whatever else a switch leaves alone.
      if (key.startsWith('Arrow') && target instanceof HTMLElement && target.matches('input')) return
      const action = Object.hasOwn(keys, key) ? keys[key] : undefined
      if (action === undefined) return
      event.preventDefault()
      if (!(once && event.repeat)) action()
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  })
}

/**
 * For what stands around buttons that decide something, each of whose next decision takes the place of the last: the second click of
 * a double one, and a key that is held down on a button, decide nothing.
 */
export const onceEach = {
  onClickCapture(event: MouseEvent) {
    if (event.detail > 1) event.stopPropagation()
  },
  onKeyDown(event: KeyboardEvent) {
    if (event.repeat) event.preventDefault()
  },
} as const
