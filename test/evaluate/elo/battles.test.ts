// Votes from files: three forms, and everything that is wrong with them.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readBattles } from '../../../src/evaluate/elo/battles.js'
import { tempDir } from '../../support/temp-dir.js'

const dir = tempDir()
let files = 0
function file(lines: readonly (object | string)[], name = `battles-${files++}.jsonl`): string {
  const path = join(dir, name)
  writeFileSync(path, lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''))
  return path
}
const plain = (id: string, a: string, b: string, winner: string) => ({ id, a, b, winner })

describe('readBattles', () => {
  it('reads our form, whatever else a line holds', async () => {
    const { battles } = await readBattles([file([{ ...plain('1', 'x', 'y', 'both-bad'), voter: 'p', question: 'q' }])])
    expect(battles).toEqual([plain('1', 'x', 'y', 'both-bad')])
  })

  it('reads the form of arenas, whose question ids repeat', async () => {
    const line = (winner: string) => ({ question_id: 'q', model_a: 'x', model_b: 'y', winner })
    const path = file([line('model_a'), line('model_b'), line('tie'), line('tie (bothbad)')])
    const { battles } = await readBattles([path])
    expect(battles.map(({ winner }) => winner)).toEqual(['a', 'b', 'tie', 'both-bad'])
    expect(new Set(battles.map(({ id }) => id)).size).toBe(4)
  })

  it('reads reviews with two scores, models by the name of the file', async () => {
    const review = (id: string, score: number[]) => ({ review_id: id, question_id: 1, text: '', score, metadata: {} })
    const path = file(
      [review('r1', [8, 9]), review('r2', [7, 7]), review('r3', [9.5, 9])],
      'review_bard_vicuna-13b.jsonl',
    )
    const { battles } = await readBattles([path])
    expect(battles).toEqual([
      plain('r1', 'bard', 'vicuna-13b', 'b'),
      plain('r2', 'bard', 'vicuna-13b', 'tie'),
      plain('r3', 'bard', 'vicuna-13b', 'a'),
    ])
  })

  it('knows the models that there are: another one stops it, or its battles are left out and counted', async () => {
    const path = file([plain('1', 'x', 'y', 'a'), plain('2', 'x', 'z', 'a'), plain('3', 'Y', 'x', 'b')])
    await expect(readBattles([path], { models: ['x', 'y'] })).rejects.toMatchObject({
      code: 'MIMICIT_UNKNOWN_NAME',
      message: expect.stringMatching(/line 2: "z" is none of x, y; .*line 3: "Y"/),
    })
    const { battles, issues } = await readBattles([path], { models: ['x', 'y'], unknown: 'leave-out' })
    expect(battles).toHaveLength(1)
    expect(issues).toMatchObject([{ code: 'MIMICIT_UNKNOWN_NAME', level: 'warning', count: 2 }])
  })

  it('reads a list of JSON as arenas give it, a byte order mark and line ends of Windows', async () => {
    const battle = { model_a: 'x', model_b: 'y', winner: 'model_b' }
    const { battles } = await readBattles([
      file([`\ufeff[${JSON.stringify(battle)},\r\n${JSON.stringify(battle)}]\r\n`]),
    ])
    expect(battles.map(({ winner }) => winner)).toEqual(['b', 'b'])
    expect(new Set(battles.map(({ id }) => id)).size).toBe(2)
  })

  it('tells which of the models that there are have no battle', async () => {
    const path = file([plain('1', 'x', 'y', 'a')])
    const { issues } = await readBattles([path], { models: ['x', 'y', 'z'] })
    expect(issues).toMatchObject([{ code: 'MIMICIT_EMPTY', level: 'warning', count: 1 }])
    expect(issues[0]!.examples[0]!.message).toMatch(/"z"/)
  })

  it.each([
    ['a name with a blank at its end', [plain('1', 'x', 'y ', 'a')], 'MIMICIT_BAD_RECORD', /no blank/],
    ['a list that was cut', ['[{"id":1,"a":"x","b":"y","winner":"a"},'], 'MIMICIT_BAD_JSON', /byte/],
    ['a winner that is none', [plain('1', 'x', 'y', 'x')], 'MIMICIT_BAD_RECORD', /line 1/],
    ['a model without a name', [plain('1', '', 'y', 'a')], 'MIMICIT_BAD_RECORD', /line 1/],
    ['a model against itself', [plain('1', 'x', 'x', 'a')], 'MIMICIT_BAD_RECORD', /against itself/],
    ['scores in a file without models', [{ review_id: 'r', score: [1, 2] }], 'MIMICIT_BAD_RECORD', /"a", "b"/],
    [
      'an id that comes twice',
      [plain('1', 'x', 'y', 'a'), plain('1', 'x', 'y', 'b')],
      'MIMICIT_DUPLICATE_ID',
      /line 2/,
    ],
    ['a broken line', [plain('1', 'x', 'y', 'a'), '{'], 'MIMICIT_BAD_JSON', /line 2/],
    ['nothing', [], 'MIMICIT_EMPTY', /at least one battle/],
  ])('refuses %s', async (_, lines, code, message) => {
    await expect(readBattles([file(lines)])).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })
})
