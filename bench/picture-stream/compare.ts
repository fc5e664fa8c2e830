// Runs the contenders of the stream of pictures in turn, each in a process of its own that lives through all rounds.
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median } from '../harness.js'

const CONTENDERS = ['ours', 'hyparquet', 'pread', 'bound', 'handed'] as const
type Contender = (typeof CONTENDERS)[number]
/** Rounds that warm up. */
const COLD = 2

/** Median milliseconds of a pass over the pictures of a data set, by contender. */
export async function compareStreams(dir: string, rounds = 9): Promise<Record<Contender, number>> {
  const script = fileURLToPath(new URL('contender.js', import.meta.url))
  const runners = CONTENDERS.map((name) => ({
    name,
    child: fork(script, [name, dir], { execArgv: [] }),
    ms: [] as number[],
  }))
  try {
    for (const { name, child } of runners) await said(name, child)
    for (let round = 0; round < COLD + rounds; round++) {
      for (const { name, child, ms } of runners) {
        const answer = said(name, child)
        child.send('go')
        const pass = (await answer) as { ms: number }
        if (round >= COLD) ms.push(pass.ms)
      }
    }
    return Object.fromEntries(runners.map(({ name, ms }) => [name, median(ms)])) as Record<Contender, number>
  } finally {
    for (const { child } of runners) child.kill()
  }
}

function said(name: string, child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`${name} ended with ${code} in the middle`))
    child.once('exit', ended)
    child.once('message', (message) => {
      child.off('exit', ended)
      resolve(message)
    })
  })
}
