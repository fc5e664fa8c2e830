// Keys of the whole page. A key that is typed into a field is the field's.
import { useLayoutEffect } from 'preact/hooks'

/** What keys do, by `KeyboardEvent.key`. */
export type KeyMap = Readonly<Record<string, () => void>>

/** What is typed into. */
const FIELDS = 'input:not([type=radio], [type=range]), textarea, select, [contenteditable]'

export function useKeys(keys: KeyMap): void {
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
      action()
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  })
}
