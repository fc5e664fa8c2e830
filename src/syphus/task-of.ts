// A task by its name, or out of a file of one's own: YAML for a task that is words and rules, JavaScript or TypeScript where
// the prompt needs a function.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { MimicitError, show } from '../base/errors.js'
import { pick } from '../base/options.js'
import { asIoError } from '../io/directory.js'
import { parseTask } from './own-task.js'
import type { Task } from './task.js'
import { taskOfWords } from './task-words.js'
import { tasks } from './tasks/index.js'

const MODULE = /\.[cm]?[jt]s$/i
const WORDS = /\.ya?ml$/i

/**
 * Finds a task.
 * @param given a name, the path of a file, or a task
 * @throws MimicitError MIMICIT_UNKNOWN_NAME, MIMICIT_NOT_FOUND, MIMICIT_BAD_CONFIG if the file is no task
 */
export async function taskOf(given: string | Task): Promise<Task> {
  if (typeof given !== 'string') return parseTask(given, 'the task')
  if (WORDS.test(given)) return taskOfWords(await read(given), given)
  if (MODULE.test(given)) return parseTask(await load(given), given)
  return pick('the task', tasks, given)
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw asIoError(error, path)
  }
}

/** The default export of a module. */
async function load(path: string): Promise<unknown> {
  await read(path)
  try {
    const module = (await import(pathToFileURL(resolve(path)).href)) as { readonly default?: unknown }
    return module.default
  } catch (error) {
    throw new MimicitError('MIMICIT_BAD_CONFIG', {
      expected: 'a module whose default export is a task',
      where: path,
      received: show((error as Error).message, 200),
      hint: 'Node runs TypeScript from version 22.18 on; with an older one start it as node --import tsx, or write JavaScript or YAML.',
      cause: error,
    })
  }
}
