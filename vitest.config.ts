import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Starts the files that take longest first, so that no worker is left alone with one of them at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const longest = ['test/cli/cli', 'test/train/', 'test/loader/', 'test/cli/']
    const place = ({ moduleId }: TestSpecification) => {
      const found = longest.findIndex((part) => moduleId.includes(part))
      return found < 0 ? longest.length : found
    }
    return (await super.sort(files)).sort((a, b) => place(a) - place(b))
  }
}

/** Threads run what is compiled. */
const compiledThreads = fileURLToPath(new URL('test/support/compiled-thread.ts', import.meta.url))

export default defineConfig({
  resolve: { alias: [{ find: /^.*\/base\/worker-thread\.js$/, replacement: compiledThreads }] },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/long/**', 'node_modules/**'],
    globalSetup: ['test/fresh-dist.ts'],
    sequence: { sequencer: LongestFirst },
    pool: 'forks',
    // What a test loads, the next one has: the modules cost as much as half of the tests. Whatever a test changes, it puts back.
    isolate: false,
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
