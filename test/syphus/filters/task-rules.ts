// Rules as a task has them.
import { noTimeStamps } from '../../../src/syphus/common-rules.js'
import type { TaskRules } from '../../../src/syphus/task.js'

/** Of a task about clips. */
export const dense: TaskRules = {
  minPairs: 1,
  maxPairs: 8,
  forbidden: [{ ...noTimeStamps, pattern: /\b\d{2}:\d{2}\b/u }],
  notPersons: { instruction: ['first'], response: ['first'] },
  maxWords: { response: 30 },
}
