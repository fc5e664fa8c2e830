// The room for young objects of a program that keeps its heap lean, in a process of its own: it is told of all of V8.
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

const leanHeap = JSON.stringify(new URL('../../src/cli/lean-heap.ts', import.meta.url).href)

/** Megabytes of it after objects have lived on by the ten thousand, beside a thread. @param begin what is done first */
function youngMegabytes(begin: string): number {
  // The thread takes back what V8 was told, until it is told again; none starts after it.
  const code = `
    import { once } from 'node:events'
    import { setTimeout } from 'node:timers/promises'
    import { getHeapSpaceStatistics } from 'node:v8'
    import { Worker } from 'node:worker_threads'
    import { leanHeap } from ${leanHeap}
    ${begin}
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true, execArgv: [] })
    await once(worker, 'online')
    await setTimeout(100)
    let alive = []
    for (let i = 0; i < 2e6; i++) {
      alive.push({ i, list: [i] })
      if (alive.length > 40_000) alive = []
    }
    await worker.terminate()
    const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')
    console.log(young.physical_space_size / 1e6)`
  const args = ['--import', 'tsx', '--input-type=module', '-e', code]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect(stderr).toBe('')
  return Number(stdout)
}

describe('a lean heap', () => {
  it('does not let the room for young objects grow, whichever threads start', () => {
    expect(youngMegabytes('')).toBeGreaterThan(24)
    expect(youngMegabytes('leanHeap()')).toBeLessThan(12)
  })
})
