// The tasks of Syphus. A new one is a file beside this one and a line here.
import type { Task } from '../task.js'
import { denseCaptions } from './dense-captions.js'
import { visualQa } from './visual-qa.js'

/** Tasks by name. */
export const tasks: Readonly<Record<string, Task>> = Object.fromEntries(
  [visualQa, denseCaptions].map((task) => [task.name, task]),
)
