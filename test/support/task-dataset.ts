// A data set with a few pairs of every subset of MIMIC-IT, and `rel_ins_ids` as the published rules make them. The rules are
// written here on their own, over the list of pairs; nothing is taken from src/context.

import { sha256 } from '../../src/base/hash.js'
import { randomStream } from '../../src/base/random.js'
import { createDataset } from '../../src/shards/dataset-writer.js'
import type { Pair, Split } from '../../src/tuple/tuple.js'
import { sharp } from '../../src/vision/sharp.js'

/** A pair before its pictures have rows. */
interface Task {
  readonly id: string
  readonly subset: string
  readonly instruction: string
  readonly pictures: readonly string[]
  readonly metadata?: Readonly<Record<string, string>>
  readonly split?: Split
  readonly language?: string
}

const WORDS = 'what colour is the small dog cat near red blue table why does man woman ride bike street kitchen'.split(
  ' ',
)

/** Pairs of every subset, in an order in which subsets are mixed. */
export function tasks(): Task[] {
  const random = randomStream('tasks')
  const words = () => Array.from({ length: 6 }, () => WORDS[random.below(WORDS.length)]!).join(' ')
  const all: Task[] = []
  const add = (id: string, subset: string, pictures: readonly string[], more: Partial<Task> = {}) =>
    all.push({ id, subset, instruction: `${words()}?`, pictures, ...more })
  for (let i = 0; i < 14; i++) {
    add(`LACR_T2T_INS_0000000${10 + i}`, 'LACR_T2T', [`LA_IMG_${i}`])
    add(`LACR_I2I_INS_0000000${10 + i}`, 'LACR_I2I', [`LA_IMG_${i}`])
  }
  for (let c = 0; c < 3; c++) {
    for (let r = 0; r <= c; r++) add(`LACONV_INS_00000003347${c}_${r}`, 'LACONV', [`LA_IMG_${c}`])
    add(`LADD_INS_00000003347${c}`, 'LADD', [`LA_IMG_${c}`])
    for (let r = 0; r < 3; r++) add(`SN_INS_scene000${c}_activity1_round${r}`, 'SN', [`SN_IMG_${c}`])
    for (let q = 0; q < 2; q++) add(`CGD_INS_0${c}${q}`, 'CGD', [`CGD_IMG_${c}`, `CGD_IMG_${c + 1}`])
    for (let q = 0; q < 3; q++) add(`SD_INS_0${c}${q}`, 'SD', [`SD_IMG_${c}_1`, `SD_IMG_${c}_2`])
    for (let q = 0; q < 4; q++) add(`DC_INS_0${c}${q}`, 'DC', [`DC_IMG_v${c}_0000`, `DC_IMG_v${c}_0001`])
    for (let q = 0; q < 2; q++) add(`TVC_INS_0${c}${q}`, 'TVC', [`TVC_IMG_house_s01e0${c}_0`])
    for (let q = 0; q < 2; q++) add(`E4D_INS_0${c}${q}`, 'E4D', [`E4D_IMG_${c}_0`])
    for (let q = 0; q < 3; q++) add(`FunQA_INS_0${c}${q}`, 'FunQA', [`FunQA_IMG_H_A_${c}_0`, `FunQA_IMG_H_A_${c}_1`])
    for (let q = 0; q < 3; q++) {
      add(`VST_INS_0${c}${q}`, 'VST', [`VST_IMG_${c}${q}`], { metadata: { album: `album ${c % 2}` } })
    }
  }
  return all
}

/** Ids of the related pairs of each pair but those of LACR, whose rule is a search. */
export function publishedRelated(all: readonly Task[]): Map<string, string[]> {
  const sameOf = (one: Task, key: (task: Task) => string) =>
    all.filter((other) => other !== one && other.subset === one.subset && key(other) === key(one)).map(({ id }) => id)
  const rules: Readonly<Record<string, (one: Task) => string[]>> = {
    LACONV: earlierRounds,
    SN: earlierRounds,
    LADD: () => [],
    CGD: (one) => sameOf(one, (task) => task.pictures.join()),
    SD: (one) => sameOf(one, (task) => task.pictures.join()),
    DC: (one) => sameOf(one, (task) => task.pictures.join()),
    TVC: (one) => sameOf(one, (task) => task.pictures.join()),
    E4D: (one) => sameOf(one, (task) => task.pictures.join()),
    FunQA: (one) => sameOf(one, (task) => task.pictures.join()),
    VST: (one) => sameOf(one, (task) => task.metadata!.album!),
  }
  function earlierRounds(one: Task): string[] {
    const [, conversation, round] = /^(.+?)(\d)$/.exec(one.id)!
    return Array.from({ length: Number(round) }, (_, r) => `${conversation}${r}`)
  }
  return new Map(all.flatMap((one) => (one.subset in rules ? [[one.id, rules[one.subset]!(one)] as const] : [])))
}

/** Writes the pairs with drawn pictures: bands of colour, of which neighbours in number look alike. */
export async function writeTasks(out: string, all: readonly Task[]): Promise<void> {
  const writer = await createDataset(out)
  const rowOf = new Map<string, number>()
  for (const id of new Set(all.flatMap(({ pictures }) => pictures))) {
    const random = randomStream('picture', id)
    const colour = () => ({ r: random.below(256), g: random.below(256), b: random.below(256) })
    const image = sharp({ create: { width: 32, height: 32, channels: 3, background: colour() } })
    const band = sharp({ create: { width: 32, height: 8 + random.below(16), channels: 3, background: colour() } })
    const bytes = await image
      .composite([{ input: await band.png().toBuffer(), top: random.below(8), left: 0 }])
      .png()
      .toBuffer()
    const clip = /^(?:DC|TVC|E4D|FunQA)_/.test(id) ? id.replace(/_\d+$/, '') : null
    const facts = { width: 32, height: 32, format: 'png', clip, frameTime: clip === null ? null : 0 }
    rowOf.set(id, rowOf.size)
    await writer.addMedia({ ids: [id], bytes, sha256: sha256(bytes), ...facts })
  }
  for (const { id, subset, instruction, pictures, metadata, split, language = 'en' } of all) {
    const pair: Pair = {
      ...{
        id,
        subset,
        language,
        instruction,
        split: split ?? null,
        response: `The answer of ${id} is unlike any other.`,
      },
      mediaKind: ['DC', 'TVC', 'E4D', 'FunQA'].includes(subset) ? 'video' : 'images',
      media: pictures.map((picture) => rowOf.get(picture)!),
      ...{ mediaIds: pictures, mediaPositions: null, mediaTimes: null },
      metadata: metadata === undefined ? null : JSON.stringify(metadata),
    }
    await writer.addPair(pair)
  }
  await writer.finish({})
}
