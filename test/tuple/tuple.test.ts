// Ids, languages, subsets and the validation of one pair.
import { describe, expect, test } from 'vitest'
import { parseId } from '../../src/tuple/ids.js'
import { isLanguageTag } from '../../src/tuple/languages.js'
import { layoutOf, subsetPreset } from '../../src/tuple/subsets.js'
import type { Pair } from '../../src/tuple/tuple.js'
import { validatePair } from '../../src/tuple/validate.js'

test.each([
  ['LA_00_IMG_000000215677', 'LA', 'image', '000000215677'],
  ['LACR_I2I_00_INS_000000033471', 'LACR_I2I', 'instruction', '000000033471'],
  ['LACR_T2T_INS_1', 'LACR_T2T', 'instruction', '1'],
  ['DC_IMG_v_N1c3C_Npr-E_0000', 'DC', 'image', 'v_N1c3C_Npr-E_0000'],
  ['E4D_08_INS_00728879', 'E4D', 'instruction', '00728879'],
  ['SN_INS_scene0000_activity2_round0', 'SN', 'instruction', 'scene0000_activity2_round0'],
  ['X_INS_a_IMG_b', 'X', 'instruction', 'a_IMG_b'],
])('%s is of task %s', (id, task, kind, rest) => {
  expect(parseId(id)).toEqual({ task, kind, rest })
})

test.each(['', 'LA', '_INS_1', 'LA_INS_', '000000215677', '4D_INS_1', 'LAINS_1'])('%j follows no pattern', (id) => {
  expect(parseId(id)).toBeUndefined()
})

test('language tags', () => {
  expect(['en', 'zh-Hant', 'pt-BR', 'gsw'].every(isLanguageTag)).toBe(true)
  expect(['', 'EN', 'english!', 'e', 'en_US', 'en-'].some(isLanguageTag)).toBe(false)
})

test('every published subset has a layout by its name; any other that of its visuals', () => {
  const layouts = {
    'in-context': ['LA', 'LACR_I2I', 'LACR_T2T', 'LADD', 'VST'],
    'multi-turn': ['LACONV', 'SN'],
    'pair-as-images': ['CGD', 'SD'],
    video: ['DC', 'TVC', 'E4D', 'FunQA'],
  }
  for (const [layout, names] of Object.entries(layouts)) {
    for (const name of names) {
      expect([name, layoutOf(name, subsetPreset(name).mediaKind)]).toEqual([name, layout])
      expect([name, subsetPreset(name).mediaKind]).toEqual([name, layout === 'video' ? 'video' : 'images'])
    }
  }
  expect([layoutOf('my own', 'images'), layoutOf('my own', 'video')]).toEqual(['interleaved', 'video'])
})

test('a subset without a preset is pictures with a text, also one named like a property', () => {
  expect([subsetPreset('DC').layout, subsetPreset('CGD').layout]).toEqual(['video', 'pair-as-images'])
  expect(subsetPreset('toString')).toEqual(subsetPreset('my own'))
})

describe('validatePair', () => {
  const sound: Pair = {
    id: 'LA_INS_1',
    subset: 'LA',
    split: null,
    language: 'en',
    instruction: 'Why?',
    response: 'So.',
    mediaKind: 'images',
    media: [3, 3],
    mediaIds: ['a', 'b'],
    mediaPositions: [0, 4],
    mediaTimes: [0, 1.5],
    metadata: '{"reward":1}',
  }
  const messages = (change: Partial<Pair>) =>
    validatePair({ ...sound, ...change }, 'row 1').map(({ level, message }) => `${level}: ${message}`)

  test('finds nothing in a sound pair', () => {
    expect(messages({})).toEqual([])
    expect(messages({ mediaKind: 'none', media: [], mediaIds: [], mediaPositions: null, mediaTimes: null })).toEqual([])
  })

  test.each<[Partial<Pair>, string]>([
    [{ id: '' }, 'error: the id is empty'],
    [{ subset: '' }, 'error: the subset is empty'],
    [{ language: 'English' }, 'error: language "English" is not a BCP 47 tag'],
    [{ instruction: ' \n' }, 'warning: the instruction is empty'],
    [{ response: '' }, 'warning: the response is empty'],
    [{ mediaKind: 'none' }, 'error: media kind none does not go with 2 pictures'],
    [{ mediaIds: ['a'] }, 'error: 2 media rows but 1 media ids'],
    [{ mediaPositions: [0] }, 'error: one position for each picture is needed'],
    [{ mediaPositions: [2, 1] }, 'error: media positions must rise and lie inside the instruction'],
    [{ mediaPositions: [0, 5] }, 'error: media positions must rise and lie inside the instruction'],
    [{ mediaTimes: [] }, 'error: one time for each frame is needed'],
    [{ metadata: '[1]' }, 'error: metadata is not a JSON object'],
    [{ metadata: '{' }, 'error: metadata is not a JSON object'],
  ])('%j', (change, message) => {
    expect(messages(change)).toContain(message)
  })
})
