// Ids of pictures as the files of MIMIC-IT mix them: both eras, without a task, with the prefix of a family of subsets.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { importDataset } from '../../src/import/import-dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { otherPictureIds } from '../../src/tuple/ids.js'
import { faultOf } from '../support/fault.js'
import { imported, picture, writeFiles } from '../support/imported.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
let made = 0
const fresh = () => join(root, `made-${made++}`)

/** Imports one pair that names one picture, beside another picture; gives the id that it was found under. */
async function importOne(pairId: string, named: string, stored: string) {
  const record = { instruction: 'q', answer: 'a', image_ids: [named], rel_ins_ids: [] }
  const folder = writeFiles(fresh(), {
    'x_instructions.json': { data: { [pairId]: record } },
    'x.json': {
      [stored]: (await picture(1)).toString('base64'),
      other: (await picture(2)).toString('base64'),
    },
  })
  const out = fresh()
  const paths = [join(folder, 'x_instructions.json')]
  const { issues } = await importDataset({ paths, images: [join(folder, 'x.json')], out })
  expect((await verifyDataset(out, { deep: true })).ok).toBe(true)
  const { pairs } = await imported(out)
  return { ids: pairs[0]!.mediaIds, issues: issues.map(({ code, count }) => [code, count]) }
}

test.each([
  ['LA_00_INS_000000215677_1', 'LA_00_IMG_000000215677', 'LA_IMG_000000215677'],
  ['LA_INS_000000215677_1', 'LA_IMG_000000215677', 'LA_00_IMG_000000215677'],
  ['E4D_INS_1', 'E4D_IMG_00000003', 'E4D_08_IMG_00000003'],
  ['LACR_I2I_00_INS_000000215677', '000000215677', 'LA_IMG_000000215677'],
  ['LACONV_INS_000000215677_0', 'LACONV_IMG_000000215677', 'LA_IMG_000000215677'],
  ['SN_INS_scene0000_activity2_round0', 'SN_IMG_scene0000_color_000000', 'scene0000_color_000000'],
])('the pair %s finds %s as %s, and it is told', async (pairId, named, stored) => {
  expect(await importOne(pairId, named, stored)).toEqual({ ids: [stored], issues: [['MIMICIT_OTHER_SPELLING', 1]] })
})

test('an id that is there is taken as it is; one that no spelling finds points nowhere', async () => {
  expect(await importOne('LA_INS_1', '7', '7')).toEqual({ ids: ['7'], issues: [] })
  for (const [pairId, named, stored] of [
    ['LA_INS_1', '8', 'LA_IMG_7'],
    ['LA_INS_1', 'LA_IMG_7', 'DC_IMG_7'],
    ['mine', '7', 'LA_IMG_7'],
    ['LA_INS_1', 'LA_INS_7', 'LA_IMG_7'],
  ] as const) {
    expect((await faultOf(importOne(pairId, named, stored))).code, named).toBe('MIMICIT_DANGLING_MEDIA')
  }
})

test('no spelling is the id itself, and none comes twice', () => {
  for (const id of ['LA_IMG_1', 'LA_00_IMG_1', 'LACONV_IMG_1', '1', 'LA_04_IMG_1']) {
    const others = otherPictureIds(id, 'LA_INS_1')
    expect([others.includes(id), new Set(others).size]).toEqual([false, others.length])
  }
})
