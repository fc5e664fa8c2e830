// The command line as a person uses it: the built program in real processes, real files, exit codes and messages.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { fixture, sourceTrain } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const dir = tempDir()
const data = join(dir, 'data')
const run = join(dir, 'run')

function mimicit(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
  })
  return { status, stdout, stderr, json: () => JSON.parse(stdout) as Record<string, unknown> }
}

const LA = [
  ...[fixture('mimicit/LA_instructions.json'), '--images', fixture('mimicit/LA.json')],
  ...['--train', fixture('mimicit/LA_train.json')],
]

beforeAll(() => {
  const { status, stdout, stderr } = mimicit('import', ...LA, '--out', data)
  expect(stderr).toBe('')
  expect(stdout).toMatch(/^130 pairs, 16 pictures, /)
  expect(status).toBe(0)
})

test('verify finds no issue in what import made', () => {
  const { status, stdout } = mimicit('verify', data, '--deep')
  expect(stdout).toMatch(/^130 pairs, 16 pictures, .*: no issue\n$/)
  expect(status).toBe(0)
})

test('import --yaml takes everything that a training YAML names, as the path alone does', () => {
  const yaml = join(dir, 'training.yaml')
  const set = (name: string) =>
    `  ${name}:\n    mimicit_path: ${fixture(`mimicit/${name}_instructions.json`)}\n    images_path: ${fixture('mimicit/LA.json')}\n` +
    `    train_config_path: ${fixture(`mimicit/${name}_train.json`)}\n`
  writeFileSync(yaml, `IMAGE_TEXT_IN_CONTEXT:\n${set('LA')}IMAGE_TEXT:\n${set('CGD')}`)
  const named = mimicit('import', '--yaml', yaml, '--out', join(dir, 'by-yaml'), '--json')
  expect([named.status, named.stderr]).toEqual([0, ''])
  const { manifest } = named.json() as { manifest: { mixture: { group: string; name: string }[]; order_keys: unknown } }
  expect(manifest.mixture.map(({ group, name }) => [group, name])).toEqual([
    ['IMAGE_TEXT_IN_CONTEXT', 'LA'],
    ['IMAGE_TEXT', 'CGD'],
  ])
  expect(mimicit('verify', join(dir, 'by-yaml'), '--deep').stdout).toMatch(/: no issue\n$/)
  const info = mimicit('info', join(dir, 'by-yaml'))
  expect(info.stdout).toMatch(/mixture LA +IMAGE_TEXT_IN_CONTEXT, all of 130 pairs an epoch\n/)
  const exported = mimicit('export', join(dir, 'by-yaml'), '--to', 'mimic-it', '--out', join(dir, 'files'))
  expect(exported.stdout).toContain('warning: left out 2 times, how the pairs are mixed ("LA", "CGD")')
  const alone = mimicit('import', yaml, '--out', join(dir, 'by-path'), '--json')
  expect((alone.json() as { manifest: unknown }).manifest).toEqual(manifest)
})

test('info says the same, for people and as JSON', () => {
  expect(mimicit('info', data).stdout).toMatch(/pairs +130 in 1 shard\n/)
  expect(mimicit('info', data, '--json').json()).toMatchObject({ pairs: 130, pictures: 16, version: 1 })
})

test('head prints a tuple with its contexts', () => {
  const { stdout, status } = mimicit('head', data, '--id', 'LA_INS_000000516008_0', '--context', 'rel_ins_ids')
  expect(status).toBe(0)
  expect(stdout).toContain('instruction  Which things are in this picture?')
  expect(stdout).toContain('response     A laptop, keyboards and books.')
  expect(stdout).toContain('contexts     4 by stored:rel_ins_ids')
  expect(stdout).toContain('LA_INS_000000084284_0')
  const { tuples } = mimicit('head', data, '-n', '2', '--json').json() as { tuples: unknown[] }
  expect(tuples).toHaveLength(2)
})

test('rewrite makes the Arrow form, which verifies, and says what it refuses', () => {
  const out = join(dir, 'arrow')
  const made = mimicit('rewrite', data, '--format', 'arrow', '--out', out)
  expect(made.stderr).toBe('')
  expect(made.stdout).toMatch(/^130 pairs, 16 pictures, .* in .*: .*arrow\n$/)
  expect(mimicit('verify', out).stdout).toMatch(/: no issue\n$/)
  expect(mimicit('info', out).stdout).toMatch(/mimicit 1, arrow, generation 1/)
  const again = mimicit('rewrite', data, '--format', 'arrow', '--out', out)
  expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('MIMICIT_NOT_EMPTY')])
  const wrong = mimicit('rewrite', data, '--format', 'arrow', '--compat', '--out', join(dir, 'none'))
  expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('MIMICIT_BAD_VALUE')])
  expect(mimicit('rewrite', data, '--format', 'csv', '--out', out).status).toBe(2)
})

describe('train and generate', () => {
  const options = ['--out', run, '--steps', '3', '--batch-size', '2', '--shots', '1']

  test('train writes a run, generate asks it', () => {
    const trained = mimicit('train', data, ...options)
    expect(trained.stdout).toMatch(/^finished at step 3: loss \d\.\d+ -> \d\.\d+\n/)
    expect(trained.stderr).not.toContain('█')
    expect(trained.status).toBe(0)
    expect(readdirSync(run).sort()).toEqual(['loss.html', 'loss.svg', 'metrics.jsonl', 'run.json', 'step-000003'])
    const asked = mimicit('generate', run, '--id', 'LA_INS_000000516008_0', '--max-new-tokens', '5', '--json')
    expect(asked.status).toBe(0)
    expect(asked.json()).toMatchObject({ step: 3, id: 'LA_INS_000000516008_0' })
    // As in training, one shot. What was held out has no place in the training list, but the source calls some related.
    expect(asked.json().context).toBe('stored:rel_ins_ids')
    expect((asked.json().contexts as unknown[]).length).toBe(1)
    const [trainedOn = ''] = sourceTrain[0]!
    const more = mimicit('generate', run, '--id', trainedOn, '--max-new-tokens', '1', '--shots', '2', '--json')
    expect(more.json().context).toBe('stored:train')
    expect((more.json().contexts as unknown[]).length).toBe(2)
  })

  test('a run is not overwritten; a finished one resumes to nothing left to do', () => {
    const again = mimicit('train', data, ...options)
    expect(again.stderr).toContain('MIMICIT_NOT_EMPTY')
    expect(again.status).toBe(1)
    const resumed = mimicit('train', '--out', run, '--resume', '--json')
    expect(resumed.status).toBe(0)
    expect(resumed.json()).toMatchObject({ reason: 'finished', step: 3 })
  })
})

describe('what goes wrong', () => {
  const cases: readonly (readonly [string, readonly string[], number, string])[] = [
    ['no such file', ['import', join(dir, 'none.json'), '--out', join(dir, 'x')], 1, 'MIMICIT_NOT_FOUND'],
    ['nothing to import', ['import', '--out', join(dir, 'x')], 2, 'either paths or --yaml'],
    [
      'paths beside --yaml',
      ['import', ...LA, '--yaml', 'x.yaml', '--out', join(dir, 'x')],
      2,
      'either paths or --yaml',
    ],
    ['another form', ['import', '--yaml', 'x', '--from', 'hf', '--out', join(dir, 'x')], 2, '--from hf --yaml'],
    [
      'a YAML that is none',
      ['import', '--yaml', fixture('SOURCES.md'), '--out', join(dir, 'x')],
      1,
      'MIMICIT_BAD_CONFIG',
    ],
    ['output exists', ['import', ...LA, '--out', data], 1, 'MIMICIT_NOT_EMPTY'],
    ['no data set', ['info', dir], 1, 'MIMICIT_NOT_A_DATASET'],
    ['unknown option', ['info', data, '--jsn'], 2, "unknown option '--jsn'"],
    ['unknown command', ['inform', data], 2, "unknown command 'inform'"],
    ['a number that is none', ['head', data, '-n', 'many'], 2, 'Expected a whole number of at least 1.'],
    ['unknown context', ['head', data, '--context', 'stored:none'], 2, 'stored:rel_ins_ids, stored:train, none'],
    ['unknown id', ['head', data, '--id', 'LA_INS_9'], 1, 'MIMICIT_NOT_FOUND'],
    ['too many shots', ['train', data, '--out', join(dir, 'y'), '--shots', '9'], 2, 'MIMICIT_SHOTS_EXCEED_CONTEXTS'],
    ['train without data', ['train', '--out', join(dir, 'z')], 2, "missing required argument 'dataset'"],
    ['resume with settings', ['train', data, '--out', run, '--resume', '--lr', '5'], 2, 'leave out --lr, the data set'],
    ['too many shots asked', ['generate', run, '--id', 'LA_INS_000000516008_0', '--shots', '9'], 2, 'SHOTS_EXCEED'],
    ['no run', ['generate', dir, '--id', 'LA_INS_9'], 1, 'MIMICIT_NOT_FOUND'],
  ]

  test.each(cases)('%s', (_, args, code, message) => {
    const { status, stderr, stdout } = mimicit(...args)
    expect(stderr).toContain(message)
    expect(stdout).toBe('')
    expect(status).toBe(code)
  })

  test('a failed import leaves nothing behind', () => {
    const out = join(dir, 'broken')
    const source = fixture('broken/dangling-image')
    const { status, stderr } = mimicit(
      'import',
      `${source}/instructions.json`,
      '--images',
      `${source}/images.json`,
      '--out',
      out,
    )
    expect(stderr).toMatch(/MIMICIT_DANGLING_MEDIA.*BAD_INS_00001.*BAD_IMG_99999.*--dangling skip/s)
    expect(status).toBe(1)
    expect(existsSync(out) || existsSync(`${out}.partial`)).toBe(false)
  })
})

// Each of them in one process, and what they say: test/cli/help.test.ts.
test('a command explains itself', () => {
  const { status, stdout } = mimicit('plan', '--help')
  expect(stdout).toContain('Usage: mimicit plan')
  expect(status).toBe(0)
})
