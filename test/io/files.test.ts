// Directory, sink and store: real files in a temporary directory.
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { sha256Hex } from '../../src/base/hash.js'
import { openDirectory, openFile } from '../../src/io/directory.js'
import { createSink, writeWhole } from '../../src/io/sink.js'
import { openStore } from '../../src/io/store.js'
import { faultOf } from '../support/fault.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
mkdirSync(join(root, 'with blank', 'deep'), { recursive: true })
writeFileSync(join(root, 'ten'), '0123456789')
writeFileSync(join(root, 'with blank', 'deep', 'a.txt'), 'a')

describe('a file', () => {
  test('gives any range, and nothing past its end', async () => {
    const file = await openFile(join(root, 'ten'))
    expect(file.byteLength).toBe(10)
    expect(Buffer.from(await file.read(3, 4)).toString()).toBe('3456')
    expect((await file.read(10, 0)).byteLength).toBe(0)
    for (const [offset, length] of [
      [8, 3],
      [11, 0],
      [-1, 2],
      [0, 2 ** 40],
    ] as const) {
      const fault = await faultOf(file.read(offset, length))
      expect(fault.code).toBe('MIMICIT_CORRUPT')
      expect(fault.message).toContain(`${length} bytes at offset ${offset}`)
    }
    await file.close()
  })

  test('that is not there, is a directory, or lies below a file', async () => {
    const faults = await Promise.all(
      [join(root, 'none'), root, join(root, 'ten', 'x')].map((path) => faultOf(openFile(path))),
    )
    expect(faults.map((fault) => [fault.code, fault.parts.received])).toEqual([
      ['MIMICIT_NOT_FOUND', 'no such file or directory'],
      ['MIMICIT_IO', 'EISDIR'],
      ['MIMICIT_IO', 'ENOTDIR'],
    ])
    expect(faults[0]!.message).toContain(join(root, 'none'))
  })
})

describe('a directory', () => {
  test('lists its files, sorted, and tells which exist', async () => {
    const store = openDirectory(root)
    expect(await store.list()).toEqual(['ten', 'with blank/deep/a.txt'])
    expect(await Promise.all(['ten', 'with blank', 'none'].map((path) => store.exists(path)))).toEqual([
      true,
      false,
      false,
    ])
    expect(Buffer.from(await store.readAll('with blank/deep/a.txt')).toString()).toBe('a')
    expect((await faultOf(store.readAll('none'))).code).toBe('MIMICIT_NOT_FOUND')
    expect((await faultOf(store.readAll('with blank'))).code).toBe('MIMICIT_IO')
  })

  test('that cannot be looked at is not one that is not there', async () => {
    symlinkSync(join(root, 'loop'), join(root, 'loop'))
    const store = openDirectory(root)
    const faults = await Promise.all([store.exists('loop'), openDirectory(join(root, 'none')).list()].map(faultOf))
    expect(faults.map(({ code, parts }) => [code, parts.received])).toEqual([
      ['MIMICIT_IO', 'ELOOP'],
      ['MIMICIT_NOT_FOUND', 'no such file or directory'],
    ])
    rmSync(join(root, 'loop'))
  })

  test('may be named by a file URL with a blank in it', async () => {
    const store = openStore(pathToFileURL(join(root, 'with blank')).href)
    expect(await store.list()).toEqual(['deep/a.txt'])
  })

  test('a scheme that nobody reads is refused with those that are', async () => {
    const fault = await faultOf(() => openStore('ftp://host/x'))
    expect(fault.code).toBe('MIMICIT_UNSUPPORTED')
    expect(fault.message).toContain('(file')
    expect(fault.message).toContain('"ftp://host/x"')
  })
})

describe('a sink', () => {
  test('writes bytes in order and tells their number and hash', async () => {
    const sink = await createSink(join(root, 'out'))
    const shared = Buffer.from('abc')
    await sink.write(shared)
    shared.fill('x')
    await sink.write(Buffer.from('def'))
    await sink.write(new Uint8Array(0))
    expect(await sink.finish()).toEqual({ bytes: 6, sha256: sha256Hex('abcdef') })
    expect(readFileSync(join(root, 'out'), 'utf8')).toBe('abcdef')
  })

  test('does not overwrite, and names the path it cannot write', async () => {
    for (const path of [join(root, 'ten'), join(root, 'no', 'such', 'place')]) {
      const fault = await faultOf(writeWhole(path, Buffer.of(1)))
      expect(fault.message).toContain(path)
      expect(['MIMICIT_IO', 'MIMICIT_NOT_FOUND']).toContain(fault.code)
    }
    expect(readFileSync(join(root, 'ten'), 'utf8')).toBe('0123456789')
  })
})
