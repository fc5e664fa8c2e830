// The most similar pairs, by instruction, by visuals, or by both.
import { MimicitError, show } from '../../base/errors.js'
import { randomStream } from '../../base/random.js'
import type { ItemIndex } from '../items.js'
import { PLAIN_RULES, type Proposal, type QueryRules, type Selector, type SelectorWorld } from '../selector.js'
import { sample } from './sample.js'

/** Pairs of one item that are proposed: more with the same instruction or on the same visuals say the same again. */
const OF_ONE_ITEM = 8

/** Pairs whose instructions are most alike; the same instruction on other visuals is most alike of all. */
export async function textSimilarity(world: SelectorWorld): Promise<Selector> {
  const index = await world.items('text')
  return {
    ...retrieval(`text-similarity 1, ${index.identity}`),
    propose: async (queries, count) => {
      const items = queries.map((query) => index.groups.of[query]!)
      const nearest = await index.nearest(items, count)
      return queries.map((query, i) => {
        // The query's own item first: it is what is nearest, and its other rows stand for it.
        const own = { item: items[i]!, score: 1 }
        return expand(index, [own, ...nearest[i]!], query, world.seed, 'text', count)
      })
    },
  }
}

/** Pairs whose visuals are most alike, one of each visual. */
export async function imageSimilarity(world: SelectorWorld): Promise<Selector> {
  const index = await world.items('image')
  return {
    ...retrieval(`image-similarity 1, ${index.identity}`, ONE_PER_VISUAL),
    propose: (queries, count) => nearestVisuals(index, queries, count, world.seed),
  }
}

/**
 * Pairs on the one visual that is most alike: the partner with which a picture makes a pair for general scene difference.
 */
export async function pairPartner(world: SelectorWorld): Promise<Selector> {
  const index = await world.items('image')
  return {
    ...retrieval(`pair-partner 1, ${index.identity}`),
    propose: (queries) => nearestVisuals(index, queries, 1, world.seed),
  }
}

/**
 * Pairs that are most alike by both: w times the similarity of instructions and 1 - w times that of visuals.
 * @param argument w, 0.5 unless said otherwise
 */
export async function textAndImage(world: SelectorWorld, argument: string): Promise<Selector> {
  const weight = argument === '' ? 0.5 : Number(argument)
  if (!(weight >= 0 && weight <= 1)) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'a weight of the text from 0 to 1',
      where: 'the in-context function text+image',
      received: show(argument),
    })
  }
  const [texts, images] = [await world.items('text'), await world.items('image')]
  const textOf = textSimilarity(world)
  const score = (a: number, b: number) => {
    const [p, q] = [images.groups.of[a]!, images.groups.of[b]!]
    const visual = p < 0 || q < 0 ? 0 : p === q ? 1 : images.similarity(p, q)
    const [t, u] = [texts.groups.of[a]!, texts.groups.of[b]!]
    return Math.fround(weight * (t === u ? 1 : texts.similarity(t, u)) + (1 - weight) * visual)
  }
  return {
    ...retrieval(`text+image 1, ${weight}, ${texts.identity}, ${images.identity}`),
    async propose(queries, count) {
      const byText = await (await textOf).propose(queries, 2 * count)
      const byImage = await nearestVisuals(images, queries, 2 * count, world.seed)
      return queries.map((query, i) => {
        const rows = new Set([...byText[i]!, ...byImage[i]!].map(({ row }) => row))
        const scored = [...rows].map((row) => ({ row, score: score(query, row) }))
        return scored.sort((a, b) => b.score - a.score || a.row - b.row)
      })
    },
  }
}

const ONE_PER_VISUAL: QueryRules = { ...PLAIN_RULES, onePerVisual: true }

const retrieval = (identity: string, rules = PLAIN_RULES) =>
  ({ identity, scored: true, rules: () => rules, order: 'nearest-first' }) as const

async function nearestVisuals(index: ItemIndex, queries: readonly number[], count: number, seed: number) {
  const items = queries.map((query) => index.groups.of[query]!)
  const asking = items.filter((item) => item >= 0)
  const nearest = await index.nearest(asking, count)
  let at = 0
  return queries.map((query, i) => (items[i]! < 0 ? [] : expand(index, nearest[at++]!, query, seed, 'image', 0)))
}

/** Items as rows: of an item with many rows a draw that belongs to the query. */
function expand(
  { groups }: ItemIndex,
  items: readonly { readonly item: number; readonly score: number }[],
  query: number,
  seed: number,
  kind: string,
  ofFirst: number,
): Proposal[] {
  return items.flatMap(({ item, score }, place) => {
    const rows = groups.rows(item)
    // Of one row there is nothing to draw.
    if (rows.length === 1) return rows[0] === query ? [] : [{ row: rows[0]!, score }]
    const most = place === 0 ? Math.max(OF_ONE_ITEM, ofFirst) : OF_ONE_ITEM
    return sample(rows, most, randomStream('expand 1', kind, seed, query, item)).flatMap((row) =>
      row === query ? [] : [{ row, score }],
    )
  })
}
