// Which files of a model's directory are what, in the layouts in which models are published for ONNX: everything in one
// folder, or the graphs in a folder `onnx` below. Nothing is ever downloaded.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { MimicitError } from '../../../base/errors.js'
import { asIoError } from '../../../io/directory.js'
import type { EmbedderKind } from '../embedder.js'

/** Graphs by what they take; the first that is there is used. */
const GRAPHS: Readonly<Record<EmbedderKind, readonly string[]>> = {
  text: ['text_model.onnx', 'model.onnx', 'text_model_quantized.onnx', 'model_quantized.onnx'],
  image: ['vision_model.onnx', 'model.onnx', 'vision_model_quantized.onnx', 'model_quantized.onnx'],
}

/**
 * The path of the graph of a model.
 * @throws MimicitError MIMICIT_NOT_FOUND
 */
export function graphOf(directory: string, kind: EmbedderKind): string {
  const names = GRAPHS[kind]
  const paths = names.flatMap((name) => [join(directory, name), join(directory, 'onnx', name)])
  const found = paths.find((path) => existsSync(path) && statSync(path).isFile())
  if (found !== undefined) return found
  throw new MimicitError('MIMICIT_NOT_FOUND', {
    expected: `${names.slice(0, 2).join(' or ')} in it, or in a folder onnx below`,
    where: `the model ${directory}`,
    received: existsSync(directory) ? 'a directory without one' : 'no such directory',
    hint: `Download a model that is published for ONNX, for example "hf download Xenova/${kind === 'text' ? 'all-MiniLM-L6-v2' : 'clip-vit-base-patch32'} --local-dir DIR", and name its directory.`,
  })
}

/**
 * A JSON file of a model, checked.
 * @returns undefined if it is not there
 * @throws MimicitError MIMICIT_BAD_CONFIG, MIMICIT_IO
 */
export function jsonOf<S extends z.ZodType>(directory: string, name: string, schema: S): z.output<S> | undefined {
  const path = join(directory, name)
  if (!existsSync(path)) return undefined
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw asIoError(error, path)
  }
  let received: string
  try {
    const parsed = schema.safeParse(JSON.parse(text))
    if (parsed.success) return parsed.data
    const issue = parsed.error.issues[0]!
    received = `a wrong ${issue.path.map(String).join('.') || 'top level'} (${issue.message})`
  } catch (error) {
    received = (error as Error).message
  }
  throw new MimicitError('MIMICIT_BAD_CONFIG', {
    expected: 'the file of a published model',
    where: path,
    received,
    hint: 'Download the model again.',
  })
}

/** The same of a file that a model must have. @throws MimicitError MIMICIT_NOT_FOUND */
export function neededJson<S extends z.ZodType>(directory: string, name: string, schema: S): z.output<S> {
  const found = jsonOf(directory, name, schema)
  if (found !== undefined) return found
  throw new MimicitError('MIMICIT_NOT_FOUND', {
    expected: name,
    where: `the model ${directory}`,
    received: 'a directory without it',
    hint: 'Download it from where the model comes from.',
  })
}
