// A data set of a few tiny pictures with several shards' worth of everything: small enough to be damaged thousands of
// times.
import { sha256 } from '../../src/base/hash.js'
import { createDataset } from '../../src/shards/dataset-writer.js'
import { sharp } from '../../src/vision/sharp.js'

/** Writes `count` pairs on as many pictures, with two context tables. */
export async function writeSmallDataset(out: string, count = 12): Promise<void> {
  const writer = await createDataset(out)
  for (let i = 0; i < count; i++) {
    const background = { r: i * 20, g: 255 - i * 20, b: 99 }
    const bytes = await sharp({ create: { width: 8 + i, height: 8, channels: 3, background } })
      .png()
      .toBuffer()
    const facts = { format: 'png', width: 8 + i, height: 8, clip: null, frameTime: null, sha256: sha256(bytes) }
    await writer.addMedia({ ids: i === 0 ? ['I_0', 'I_zero'] : [`I_${i}`], bytes, ...facts })
  }
  for (let i = 0; i < count; i++) {
    await writer.addPair({
      ...{ id: `P_${i}`, subset: 'T', split: null, language: 'en' },
      ...{ instruction: `What is picture ${i}?`, response: `A plain of colour ${i * 20}.` },
      ...{ mediaKind: 'images', media: [i], mediaIds: [i === 0 ? 'I_zero' : `I_${i}`] },
      ...{ mediaPositions: null, mediaTimes: null, metadata: i % 3 === 0 ? '{"k":1}' : null },
    })
  }
  for (const name of ['near', 'train']) {
    const table = await writer.context(name, { name: 'stored', parameters: {} })
    for (let query = 1; query < count; query++) {
      await table.add({ query, contexts: [query - 1], scores: name === 'near' ? [0.5] : null })
    }
  }
  await writer.finish({ tool: 'test' })
}
