// Keys of the whole page. A key that is typed into a field is the field's.
import { useEffect } from 'preact/hooks'

/** What keys do, by `KeyboardEvent.key`. */
export type KeyMap = Readonly<Record<string, () => void>>

export function useKeys(keys: KeyMap): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const { target, key } = event
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      if (target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null) {
        if (key === 'Escape') target.blur()
        return
      }
      const action = Object.hasOwn(keys, key) ? keys[key] : undefined
      if (action === undefined) return
      event.preventDefault()
      action()
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  })
}
