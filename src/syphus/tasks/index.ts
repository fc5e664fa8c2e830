// The tasks of Syphus. A new one is a file beside this one and a line here.
import type { Task } from '../task.js'
import { denseCaptions } from './dense-captions.js'
import { egocentric } from './egocentric.js'
import { funQaChoice, funQaDialogue, funQaParaphrase } from './funqa.js'
import { generalDifference } from './general-difference.js'
import { indoorPlanning } from './indoor-planning.js'
import { spotTheDifference } from './spot-the-difference.js'
import { tvCaptions } from './tv-captions.js'
import { visualQa } from './visual-qa.js'
import { visualStorytelling } from './visual-storytelling.js'

const all: readonly Task[] = [
  visualQa,
  denseCaptions,
  tvCaptions,
  visualStorytelling,
  spotTheDifference,
  generalDifference,
  indoorPlanning,
  egocentric,
  funQaChoice,
  funQaDialogue,
  funQaParaphrase,
]

/** Tasks by name. */
export const tasks: Readonly<Record<string, Task>> = Object.fromEntries(all.map((task) => [task.name, task]))
