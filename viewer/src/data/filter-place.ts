// What the list is narrowed by, as a part of the address: a search can be linked to, gone back from, and outlives a reload.
import type { Filter } from '../../../src/serve/wire.js'

/** Parameters of an address. */
export type PlaceParams = Readonly<Record<string, string>>

const TEXTS = ['text', 'id', 'subset', 'language', 'split'] as const satisfies readonly (keyof Filter)[]
const COUNTS = ['minPictures', 'maxPictures', 'minContexts', 'maxContexts'] as const satisfies readonly (keyof Filter)[]
/** The C_psi of the filter; `context` is the one that is looked at. */
const COUNTED = 'counted'

/** The filter that an address names; what it does not know how to read is left out. */
export function filterOf(params: PlaceParams): Filter {
  const texts = TEXTS.flatMap((name) => (params[name] ? [[name, params[name]] as const] : []))
  const counts = COUNTS.flatMap((name) => (/^\d{1,9}$/.test(params[name] ?? '') ? [[name, Number(params[name])]] : []))
  const context = params[COUNTED] ? [['context', params[COUNTED]]] : []
  return Object.fromEntries([...texts, ...counts, ...context])
}

/** The parameters of an address with another filter, and all else as it was. */
export function withFilter(params: PlaceParams, filter: Filter): PlaceParams {
  const others = Object.entries(params).filter(([name]) => ![...TEXTS, ...COUNTS, COUNTED].includes(name as never))
  const named = Object.entries(filter).flatMap(([name, value]) =>
    value === undefined ? [] : [[name === 'context' ? COUNTED : name, String(value)] as const],
  )
  return Object.fromEntries([...others, ...named])
}
