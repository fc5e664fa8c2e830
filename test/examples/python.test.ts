// The Python scripts of examples/python, on a real data set in every form. Each needs Python with its package: where that is
// missing the script says so, which is tested too, and its own test is skipped by name. MIMICIT_PYTHON names another interpreter.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { rewriteDataset } from '../../src/layout/rewrite.js'
import { freshDist } from '../fresh-dist.js'
import { importFixtures, sourceImages, sourcePairs } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { writeDataset } from '../support/write-dataset.js'

const root = tempDir()
const python = process.env.MIMICIT_PYTHON ?? 'python3'
const run = (...args: string[]) =>
  spawnSync(python, ['-B', ...args], {
    encoding: 'utf8',
    env: { ...process.env, HF_HOME: join(root, 'hf'), HF_HUB_OFFLINE: '1' },
  })
const hasPython = run('--version').status === 0
const has = (...packages: string[]) => hasPython && run('-c', `import ${packages.join(', ')}`).status === 0
const script = (name: string) => fileURLToPath(new URL(`../../examples/python/read_${name}.py`, import.meta.url))

beforeAll(async () => {
  freshDist()
  await importFixtures(join(root, 'parquet'))
  await writeDataset(join(root, 'texts'), { pairs: [{ id: 'p' }], contexts: { none: [] } })
  for (const [name, form, compat] of [
    ['arrow', 'arrow', false],
    ['compat', 'parquet', true],
  ] as const) {
    await rewriteDataset({ source: join(root, 'parquet'), out: join(root, name), form, compat })
  }
})

const [id, pair] = sourcePairs[0]!
const [, picture] = sourceImages.find(([image]) => image === pair.image_ids[0])!

describe.each([
  ['datasets', ['parquet', 'arrow', 'compat']],
  ['pyarrow', ['parquet', 'arrow', 'compat']],
  ['polars', ['parquet', 'arrow', 'compat']],
  ['duckdb', ['parquet', 'compat']],
])('read_%s.py', (name, forms) => {
  const isThere = has(name, 'PIL')

  test(`shows a tuple of every form (needs Python with ${name} and pillow)`, (context) => {
    if (!isThere) return context.skip(`${python} has no ${name} and pillow`)
    for (const form of forms) {
      const { stdout, stderr, status } = run(script(name), join(root, form))
      expect(status, stderr).toBe(0)
      expect(stdout).toContain(`${sourcePairs.length} pairs, ${sourceImages.length} pictures\n`)
      expect(stdout).toContain(`\n${id}\n  instruction: ${pair.instruction}\n  response:    ${pair.answer}\n`)
      expect(stdout).toMatch(new RegExp(`picture: {5}\\d+ x \\d+ JPEG, ${picture.byteLength} bytes\n`))
      expect(stdout).toContain(`  rel_ins_ids: ${pair.rel_ins_ids.join(', ')}\n`)
    }
  })

  test(`shows a tuple of texts alone, with a context table of no rows (needs Python with ${name})`, (context) => {
    if (!isThere) return context.skip(`${python} has no ${name} and pillow`)
    const { stdout, stderr, status } = run(script(name), join(root, 'texts'))
    expect(status, stderr).toBe(0)
    expect(stdout).toBe('1 pairs, 0 pictures\n\np\n  instruction: What is p?\n  response:    It is p.\n')
  })

  test('says which package is missing', (context) => {
    if (!hasPython) return context.skip(`there is no ${python}`)
    // -S leaves out the directory of installed packages.
    const { stderr, status } = run('-S', script(name), join(root, 'parquet'))
    expect(stderr).toMatch(/^No module named '\w+'\. Install it with: pip install \w+/)
    expect(status).toBe(1)
  })
})

const SAME = `
import sys
import time
sys.path.insert(0, sys.argv[1])
from batches import np, serve_batches
for options in ({}, {"pixels": "uint8"}, {"pack": True, "batch_size": 2}):
    options = {"shots": 2, "batch_size": 8, "image_size": 32, **options}
    # All of them are held: memory that somebody looks at is not filled again.
    by_pipe = list(serve_batches(sys.argv[2], shared_memory=False, **options))
    shared = list(serve_batches(sys.argv[2], shared_memory=True, **options))
    assert len(by_pipe) == len(shared) > 3
    for one, other in zip(by_pipe, shared):
        assert one.keys() == other.keys()
        for name in one:
            if isinstance(one[name], np.ndarray):
                np.testing.assert_array_equal(one[name], other[name], name)
            else:
                assert one[name] == other[name], name
# Whoever trains takes longer than the command, which has ended before its last batches are taken.
options = {"shots": 2, "batch_size": 8, "image_size": 32}
told = [batch["input_ids"].tobytes() for batch in serve_batches(sys.argv[2], shared_memory=False, **options)]
slowly = []
for batch in serve_batches(sys.argv[2], shared_memory=True, **options):
    slowly.append(batch["input_ids"].tobytes())
    time.sleep(0.5)
assert slowly == told, (len(slowly), len(told))
print("the same")
`

test('batches.py gives the same in shared memory as by a pipe (needs Python with pyarrow, on Linux)', (context) => {
  if (process.platform !== 'linux' || !has('pyarrow', 'numpy'))
    return context.skip(`${python} has no pyarrow and numpy`)
  const folder = fileURLToPath(new URL('../../examples/python', import.meta.url))
  const { stdout, stderr, status } = run('-c', SAME, folder, join(root, 'parquet'))
  expect(status, stderr).toBe(0)
  expect(stdout).toBe('the same\n')
}, 60_000)
