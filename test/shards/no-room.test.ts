// No room and no right to write: told clearly, and nothing is lost. The room is really gone: a process that may write
// small files only, as with a quota. (ENOSPC takes the same way from the same calls.)
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { asIoError } from '../../src/io/directory.js'
import { filterDataset } from '../../src/layout/filter.js'
import { createDataset } from '../../src/shards/dataset-writer.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { faultOf } from '../support/fault.js'
import { fixture, importFixtures, sourceImages } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const dir = tempDir()
const data = join(dir, 'data')

beforeAll(async () => {
  await importFixtures(data)
})

/** Runs the command line with a limit on file size, in KiB. */
function limited(kilobytes: number, ...args: string[]) {
  const script = `ulimit -f ${kilobytes}; exec "$@"`
  const env = { ...process.env, TSX_DISABLE_CACHE: '1' }
  const command = [process.execPath, main, ...args]
  return spawnSync('bash', ['-c', script, 'bash', ...command], { encoding: 'utf8', env })
}
const LA = [fixture('mimicit/LA_instructions.json'), '--images', fixture('mimicit/LA.json')]

describe('no room', () => {
  test('a new data set is not there at all', () => {
    const out = join(dir, 'new')
    for (const kilobytes of [1, 4, 64]) {
      const { status, stderr } = limited(kilobytes, 'import', ...LA, '--out', out)
      expect(stderr).toMatch(/MIMICIT_IO: .*new\.(partial|import-\S+)\/.*EFBIG.*larger than the system allows/)
      expect([status, existsSync(out), existsSync(`${out}.partial`)]).toEqual([1, false, false])
    }
  })

  test('a data set that is appended to is what it was', async () => {
    const out = join(dir, 'grown')
    await filterDataset(data, { out, subset: ['CGD'] })
    const before = readFileSync(join(out, 'manifest.json'))
    const ids = { LA_INS_9: { instruction: 'q', answer: 'a', image_ids: ['LA_IMG_9'], rel_ins_ids: [] } }
    writeFileSync(join(dir, 'i.json'), JSON.stringify({ data: ids }))
    const picture = Buffer.concat([sourceImages[0]![1], Buffer.alloc(300_000, 1)])
    writeFileSync(join(dir, 'p.json'), JSON.stringify({ LA_IMG_9: picture.toString('base64') }))
    const source = [join(dir, 'i.json'), '--images', join(dir, 'p.json')]
    const { status, stderr } = limited(64, 'import', ...source, '--append', out)
    expect([status, stderr.includes('EFBIG')], stderr).toEqual([1, true])
    expect(readFileSync(join(out, 'manifest.json')).equals(before)).toBe(true)
    expect(existsSync(join(out, 'append.partial'))).toBe(false)
    expect(await verifyDataset(out)).toMatchObject({ ok: true, issues: [] })
  })
})

describe('no right to write', () => {
  test('a path below a file', async () => {
    writeFileSync(join(dir, 'file'), 'x')
    const fault = await faultOf(createDataset(join(dir, 'file', 'out')))
    expect([fault.code, fault.parts.hint]).toEqual(['MIMICIT_IO', 'A part of the path is a file.'])
    const rewrite = await faultOf(filterDataset(data, { out: join(dir, 'file', 'out'), subset: ['LA'] }))
    expect(rewrite.code).toBe('MIMICIT_IO')
    expect(readFileSync(join(dir, 'file'), 'utf8')).toBe('x')
  })

  test('a directory that appears under the name while the data set is written is not overwritten', async () => {
    const out = join(dir, 'taken')
    const writer = await createDataset(out)
    mkdirSync(out)
    cpSync(join(dir, 'file'), join(out, 'mine'))
    expect((await faultOf(writer.finish({}))).code).toBe('MIMICIT_IO')
    await writer.abort()
    expect(existsSync(join(out, 'mine'))).toBe(true)
  })

  test.each([
    ['ENOSPC', 'The disk is full'],
    ['EDQUOT', 'quota'],
    ['EROFS', 'read-only'],
    ['EACCES', 'may not read or write'],
  ])('%s says what to do', (code, hint) => {
    const fault = asIoError(Object.assign(new Error(code), { code }), '/data/x')
    expect([fault.code, fault.parts.received, fault.message.includes(hint)]).toEqual(['MIMICIT_IO', code, true])
  })
})
