// Tests that take minutes, or need the network or system packages: `npm run test:long`, and .ci/run. One at a time, so
// that what they measure is theirs.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/long/**/*.test.ts'],
    globalSetup: ['test/fresh-dist.ts'],
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
})
