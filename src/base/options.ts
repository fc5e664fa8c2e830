// Options from outside are parsed once, at the edge: unknown names and wrong types are told with the names that exist.
import type { z } from 'zod'
import { MimicitError, show } from './errors.js'

/**
 * An options object, for callers without types.
 * @throws MimicitError MIMICIT_BAD_VALUE if it is none
 */
export function isRecord<T extends object>(what: string, value: T): T {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new MimicitError('MIMICIT_BAD_VALUE', {
    expected: 'an object with options',
    where: what,
    received: show(value),
    hint: 'Leave it out for the defaults.',
  })
}

/**
 * Parses an options object with a strict zod schema.
 * @throws MimicitError MIMICIT_UNKNOWN_OPTION for a name that does not exist, MIMICIT_BAD_VALUE for a wrong value
 */
export function parseOptions<S extends z.ZodType>(what: string, schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  if (issue?.code === 'unrecognized_keys') {
    const names = namesAt(schema, issue.path)
    throw new MimicitError('MIMICIT_UNKNOWN_OPTION', {
      expected: `only known options${names.length > 0 ? ` (${names.join(', ')})` : ''}`,
      where: placeOf(what, issue.path),
      received: issue.keys.map((key) => show(key)).join(', '),
      hint: 'Check the spelling.',
    })
  }
  const path = issue?.path ?? []
  let received: unknown = value
  for (const key of path) received = (received as Record<PropertyKey, unknown> | undefined)?.[key]
  throw new MimicitError('MIMICIT_BAD_VALUE', {
    expected: inWords(issue?.message ?? '', received),
    where: placeOf(what, path),
    received: show(received),
    hint: 'Correct it, or leave it out for the default.',
  })
}

const placeOf = (what: string, path: readonly PropertyKey[]) =>
  path.length === 0 ? what : `option ${path.map(String).join('.')} of ${what}`

/** Names of the options that a schema has at a path. */
function namesAt(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  let at = schema as { readonly shape?: Readonly<Record<PropertyKey, unknown>>; unwrap?(): unknown } | undefined
  for (const key of [...path, undefined]) {
    // Inside of what gives it a default or makes it optional.
    while (at?.unwrap !== undefined) at = at.unwrap() as typeof at
    if (key !== undefined) at = at?.shape?.[key] as typeof at
  }
  return Object.keys(at?.shape ?? {})
}

/** What zod says of a wrong value, as a noun phrase that follows "Expected". */
function inWords(message: string, received: unknown): string {
  const isInfinite = typeof received === 'number' && !Number.isFinite(received)
  return message
    .replace(/, received .*$/, '')
    .replace(/^Invalid (input|option): expected /, '')
    .replace(/^int$/, 'a whole number')
    .replace(/^number$/, isInfinite ? 'a finite number' : 'number')
    .replace(/^Too small: expected array to have >=1 items$/, 'a list of at least one')
    .replace(/^Too (small|big): expected \w+ to (be|have)/, 'a value')
    .replace(/^Invalid string: must match pattern/, 'a text that matches')
    .replace(/^Invalid input$/, 'one of the values it can have')
}

/**
 * Looks a name up in a registry.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME, listing the names that exist
 */
export function pick<T>(kind: string, registry: Readonly<Record<string, T>>, name: string): T {
  const found = Object.hasOwn(registry, name) ? registry[name] : undefined
  if (found === undefined) {
    const names = Object.keys(registry)
    throw new MimicitError('MIMICIT_UNKNOWN_NAME', {
      expected: names.length > 0 ? `one of ${names.join(', ')}` : 'no name at all (there is none to choose from)',
      where: kind,
      received: show(name),
      hint: spellingHint(name, names),
    })
  }
  return found
}

/** A word on the name that was probably meant, of which at most every third letter is another one. */
export function spellingHint(name: string, names: readonly string[]): string {
  const given = name.toLowerCase()
  const best = names
    .map((each) => ({ each, changes: changesBetween(given, each.toLowerCase()) }))
    .filter(({ each, changes }) => changes * 3 <= Math.max(each.length, given.length))
    .sort((a, b) => a.changes - b.changes)[0]
  return best === undefined ? 'Check the spelling.' : `Did you mean ${best.each}?`
}

/** Letters to change, add or leave out (Levenshtein). */
function changesBetween(a: string, b: string): number {
  // A name is short; what is not is none.
  if (a.length > 64) return a.length
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}
