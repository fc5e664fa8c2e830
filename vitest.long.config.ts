// Tests that take minutes, or need the network or system packages: `npm run test:long`, and .ci/run. Those whose result
// depends on how soon something happens run by themselves; the others, three at a time, after them: many wait for browsers
// and processes, and two would leave a quarter of two cores idle.
import { defineConfig } from 'vitest/config'

/** Files that count on a machine of their own: leases of a queue run out, a loader is left at moments, memory is measured. */
const ALONE = ['loader-soak', 'parts', 'queue'].map((name) => `test/long/${name}.test.ts`)

const common = {
  globalSetup: 'test/fresh-dist.ts',
  pool: 'forks',
  testTimeout: 900_000,
  hookTimeout: 900_000,
} as const

export default defineConfig({
  test: {
    projects: [
      { test: { ...common, name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 0 } } },
      {
        test: {
          ...common,
          ...{ name: 'together', include: ['test/long/**/*.test.ts'], exclude: ALONE },
          ...{ maxWorkers: 3, sequence: { groupOrder: 1 } },
        },
      },
    ],
  },
})
