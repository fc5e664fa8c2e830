// What is asked of a model about one annotation.
import { fingerprint } from '../base/hash.js'
import type { VisualAnnotation } from '../import/annotations/annotation.js'
import type { Ask, ChatMessage, ChatRequest } from '../llm/chat.js'
import type { Task, TaskExample } from './task.js'

/** What an ask of Syphus is about. */
export interface SyphusSubject {
  readonly task: Task
  readonly annotation: VisualAnnotation
}

/** How the model is asked. */
export interface PromptSettings {
  /** Most tokens of a reply. */
  readonly maxTokens: number
  readonly temperature: number
  readonly topP: number
  /** Instead of the examples of the task: none for a cold start, or those that it chose. */
  readonly examples?: readonly TaskExample[] | undefined
}

/** As the original pipeline asked. */
export const PROMPT_SETTINGS: PromptSettings = { maxTokens: 3200, temperature: 0.7, topP: 0.95 }

/** The system message, and the examples as turns. */
function leadMessages(task: Task, examples: readonly TaskExample[] = task.examples): readonly ChatMessage[] {
  return [
    { role: 'system', content: `${task.system}\n\n${task.output.says}` },
    ...examples.flatMap(({ user, reply }): ChatMessage[] => [
      { role: 'user', content: user },
      { role: 'assistant', content: JSON.stringify(reply) },
    ]),
  ]
}

/** The request about an annotation that lacks nothing. */
export function requestOf(task: Task, annotation: VisualAnnotation, settings: PromptSettings): ChatRequest {
  const { maxTokens, temperature, topP, examples } = settings
  return {
    messages: [...leadMessages(task, examples), { role: 'user', content: task.prompt(annotation) }],
    maxTokens,
    temperature,
    topP,
    schema: task.output.schema,
  }
}

/** An ask is called after its annotation. */
export function askOf(task: Task, annotation: VisualAnnotation, settings: PromptSettings): Ask<SyphusSubject> {
  return { id: annotation.id, request: requestOf(task, annotation, settings), subject: { task, annotation } }
}

/** Everything of a task that every request begins with, as a short fingerprint. */
export const promptFingerprint = (task: Task, { examples, ...settings }: PromptSettings) =>
  fingerprint({ lead: leadMessages(task, examples), schema: task.output.schema, ...settings })
