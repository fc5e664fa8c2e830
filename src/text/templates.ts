// Every template by name. The blanks, line ends and marks of each are those that models were trained on, so a template is a
// property of a checkpoint: one blank more or less changes the first token of every answer.
import { imagesWith, place, type Template, token, turn } from './template.js'

const { images, instruction, answer, response, endOfChunk } = place

/** Marks of IDEFICS stand between two of these. */
const FAKE = '<fake_token_around_image>'
const END_OF_UTTERANCE = token('<end_of_utterance>')

/** Every template by name. */
export const templates: Readonly<Record<string, Template>> = {
  /** Otter's training code since August 2023. */
  simple: turn`${images}User:${instruction} GPT:${answer}${response}${endOfChunk}`,
  /** Otter v0.2, its demos and the second paper. Models trained before August 2023 saw these blanks. */
  'simple-blanks': turn`${images}User: ${instruction} GPT:${answer} ${response}${endOfChunk}`,
  /** The text of the first paper. */
  'paper-v1': turn`${images}Human:${instruction} Assistant:${answer}${response}${endOfChunk}`,
  /** Otter on LLaMA-2-chat. */
  llama2: turn`[INST]${imagesWith({ after: '\n' })}${instruction}[/INST]${answer}${response}${endOfChunk}`,
  /** Otter on IDEFICS; its tokenizer brings the special tokens. */
  idefics: turn`User:${imagesWith({ around: FAKE })}${instruction}${END_OF_UTTERANCE}\nAssistant:${answer}${response}${END_OF_UTTERANCE}\n`,
  /** Otter on Fuyu, whose processor places the pictures itself. */
  fuyu: turn`${images}User:${instruction} Assistant:\x04 ${response}`,
  /** OpenFlamingo's captions; the instruction is not shown. */
  'of-caption': turn`${images}Output:${response}${endOfChunk}`,
  /** OpenFlamingo's visual questions. */
  'of-vqa': turn`${images}Question:${instruction} Short answer:${response}${endOfChunk}`,
  /** OpenFlamingo's pre-training on pictures with captions, and any document: the text as it is. */
  'of-pretraining': turn`${images}${instruction}${response}${endOfChunk}`,
}
