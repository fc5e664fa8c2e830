// Things whose name is given loosely, by whoever labels and by whoever writes: there a box alone proves nothing, and what one
// calls an apple and another an orange is called neither.
import { oneOf } from './mentions.js'
import { type Thing, things } from './things.js'

/** What labels and people call by the same name although it is something else. */
const LOOSE = new Set(
  'bottle,oven,orange,apple,teddy bear,toaster,cake,sandwich,donut,carrot,hot dog,tie,remote,mouse,hair drier,truck,bench,cup,vase,potted plant,bed,couch,dining table,bowl,knife,handbag,backpack,suitcase,sports ball,sink,book,kite,toilet,bear,tv,spoon,fork'.split(
    ',',
  ),
)

/** Whether a box alone does not prove that it is there. */
export const isLoose = ({ name }: Thing) => LOOSE.has(name)

/** Somebody calls it by the name of what it could be taken for. */
export function isContested(thing: Thing, texts: readonly string[]): boolean {
  if (!isLoose(thing)) return false
  const rivals = [...thing.confusedWith].filter((name) => name !== thing.name && LOOSE.has(name))
  return rivals
    .map((name) => things.get(name)!)
    .some((rival) => texts.some((text) => oneOf(rival).test(text) && !oneOf(thing).test(text)))
}
