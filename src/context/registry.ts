// Every in-context function that is computed, by name; `none` and `stored:<name>` need no computing and are in select.ts.
import { MimicitError, show } from '../base/errors.js'
import { spellingHint } from '../base/options.js'
import type { Selector, SelectorMaker, SelectorWorld } from './selector.js'
import { byTask } from './selectors/by-task.js'
import { random } from './selectors/random.js'
import { previousRounds, sameScene, sameVisual } from './selectors/related.js'
import { imageSimilarity, pairPartner, textAndImage, textSimilarity } from './selectors/similar.js'

/** Makers by name. */
export const selectors: Readonly<Record<string, SelectorMaker>> = {
  random,
  'previous-rounds': previousRounds,
  'same-visual': sameVisual,
  'same-scene': sameScene,
  'text-similarity': textSimilarity,
  'image-similarity': imageSimilarity,
  'text+image': textAndImage,
  'pair-partner': pairPartner,
  'by-task': byTask,
}

/** Those that take something after a colon. */
const WITH_ARGUMENT: ReadonlySet<string> = new Set(['text+image', 'by-task'])

/** `name:argument`, taken apart. */
export function parseName(name: string): readonly [name: string, argument: string] {
  const [selector = '', argument = ''] = name.split(/:(.*)/s)
  return [selector, argument]
}

/** Whether a name means a computed in-context function. */
export function isSelector(name: string): boolean {
  const [selector, argument] = parseName(name)
  return Object.hasOwn(selectors, selector) && (argument === '' || WITH_ARGUMENT.has(selector))
}

/** Whether a name means contexts that are there already, or none. */
const isStored = (name: string) => name === 'none' || name.startsWith('stored:')

/**
 * Makes an in-context function.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME, MIMICIT_BAD_VALUE for a wrong argument
 */
export async function selectorOf(world: SelectorWorld, name: string): Promise<Selector> {
  if (!isSelector(name)) {
    throw new MimicitError('MIMICIT_UNKNOWN_NAME', {
      expected: `one of ${Object.keys(selectors).join(', ')}`,
      where: 'an in-context function',
      received: show(name),
      hint: isStored(name)
        ? 'It needs no computing: name it when loading.'
        : spellingHint(name, Object.keys(selectors)),
    })
  }
  const [selector, argument] = parseName(name)
  return selectors[selector]!(world, argument)
}
