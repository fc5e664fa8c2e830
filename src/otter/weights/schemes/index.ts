// The key schemes that are known, and what the keys of a file mean in the scheme that it has.
import { clip, openClip, openClipVisual } from './clip.js'
import { openFlamingo, otter } from './flamingo.js'
import { languageModels } from './language-model.js'
import { isBuffer, type KeyScheme, unwrapped } from './scheme.js'

/** The first that matches is taken. A new scheme is one file and one line here. */
export const keySchemes: readonly KeyScheme[] = [otter, openFlamingo, clip, openClip, openClipVisual, ...languageModels]

/** Where a parameter of ours lies in a file. */
export interface KeySource {
  readonly key: string
  readonly shape: readonly number[]
  /** Rows of the key that are the parameter; all of them if absent. */
  readonly rows?: { readonly from: number; readonly to: number }
}

/** What the keys of a file mean. */
export interface KeyReading {
  /** Name of the scheme; undefined if no key says anything. */
  readonly scheme: string | undefined
  /** By our names. */
  readonly found: ReadonlyMap<string, KeySource>
  /** Keys that are understood and not needed: buffers, copies, text towers. */
  readonly aside: readonly string[]
  /** Keys that mean nothing in the scheme. */
  readonly unknown: readonly string[]
  /** Our names that several keys mean, with these. */
  readonly twice: readonly (readonly [name: string, keys: readonly string[]])[]
}

/** Reads the keys of a file. @param tensors By the keys of the file. */
export function readKeys(tensors: Iterable<readonly [string, { readonly shape: readonly number[] }]>): KeyReading {
  const entries = [...tensors].map(([key, { shape }]) => ({ key, bare: unwrapped(key), shape }))
  const bare = entries.map((entry) => entry.bare)
  const scheme = keySchemes.find(({ matches }) => matches(bare))
  const found = new Map<string, KeySource>()
  const twice = new Map<string, string[]>()
  const aside: string[] = []
  const unknown: string[] = []
  for (const { key, bare, shape } of entries) {
    const targets = isBuffer(bare) ? [] : scheme?.targets(bare)
    if (targets === undefined) unknown.push(key)
    else if (targets.length === 0) aside.push(key)
    for (const { name, third } of targets ?? []) {
      const other = found.get(name)
      if (other !== undefined) twice.set(name, [...(twice.get(name) ?? [other.key]), key])
      found.set(name, sourceOf(key, shape, third))
    }
  }
  return { scheme: scheme?.name, found, aside, unknown, twice: [...twice] }
}

function sourceOf(key: string, shape: readonly number[], third: 0 | 1 | 2 | undefined): KeySource {
  if (third === undefined) return { key, shape }
  const [rows = 0, ...rest] = shape
  const size = Math.floor(rows / 3)
  return { key, shape: [size, ...rest], rows: { from: third * size, to: (third + 1) * size } }
}
