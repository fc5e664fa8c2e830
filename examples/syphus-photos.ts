// Questions and answers about your own photographs, by a model on this machine: Ollama, llama.cpp, vLLM or whatever else
// speaks the protocol of OpenAI. The model first says what is in each photograph, then Syphus makes a conversation of that.
// Run it with `npx tsx examples/syphus-photos.ts <folder> [base-url] [model]`, for example after `ollama run qwen2.5vl`.
// Everything that was asked stands in a journal: run it again after an interruption, and nothing is asked twice.
import './support/clear-errors.js'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMimicitError } from 'mimicit/base'
import { askAll, createBudget, httpResponder, openJournal } from 'mimicit/llm'
import { openDataset } from 'mimicit/shards'
import { runSyphus } from 'mimicit/syphus'
import { createPictureDecoder } from 'mimicit/vision'

const [folder, baseUrl = 'http://localhost:11434/v1', model = 'qwen2.5vl'] = process.argv.slice(2)
if (folder === undefined) stop('usage: npx tsx examples/syphus-photos.ts <folder of photographs> [base-url] [model]')
const root = fileURLToPath(new URL('..', import.meta.url))
const out = process.env.OUT ?? join(root, 'out', 'syphus-photos')
const photos = join(out, 'photos')

function stop(message: string): never {
  console.error(message)
  process.exit(2)
}

const types: Readonly<Record<string, string>> = { '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg', '.png': 'image/png' }

/** Files of a folder that are named as photographs and are some: nobody shall pay for asking about another. */
async function photographsIn(folder: string): Promise<readonly string[]> {
  const decoder = createPictureDecoder({ size: 8, transform: 'squash' })
  const sound: string[] = []
  for (const name of namesIn(folder)) {
    try {
      await decoder.decode(readFileSync(join(folder, name)), name)
      sound.push(name)
    } catch (error) {
      if (!isMimicitError(error, 'MIMICIT_BAD_PICTURE')) throw error
      console.error(`   ${name} is left out, it is no picture: ${error.parts.received}`)
    }
  }
  await decoder.close()
  return sound
}

function namesIn(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    const named = entries.filter((entry) => !entry.isDirectory() && extname(entry.name).toLowerCase() in types)
    return named.map(({ name }) => name).sort()
  } catch (error) {
    return stop(`no folder of photographs: ${(error as Error).message}`)
  }
}

// Annotations are in the form of COCO, whose pictures are numbered.
const names = await photographsIn(folder)
if (names.length === 0) stop(`no photograph in ${folder}: it takes ${Object.keys(types).join(', ')}`)
rmSync(photos, { recursive: true, force: true })
mkdirSync(photos, { recursive: true })
const images = names.map((name, id) => {
  const file = `${String(id).padStart(12, '0')}${extname(name).toLowerCase()}`
  copyFileSync(join(folder, name), join(photos, file))
  // Sizes are needed for boxes alone, of which there are none.
  return { id, file_name: file, width: 1, height: 1 }
})

console.log(`1. ${model} at ${baseUrl} looks at ${images.length} photographs`)
const asks = images.map(({ id, file_name }) => ({
  id: file_name,
  subject: id,
  request: {
    maxTokens: 200,
    messages: [
      {
        role: 'user' as const,
        content: [
          { type: 'text' as const, text: 'Say in two sentences what this photograph shows. No guesses.' },
          {
            type: 'image' as const,
            bytes: readFileSync(join(photos, file_name)),
            mimeType: types[extname(file_name)]!,
          },
        ],
      },
    ],
  },
}))
const budget = createBudget({ maxTotalTokens: 5_000_000 })
const journal = await openJournal(join(out, 'captions.journal.jsonl'))
const annotations: { id: number; image_id: number; caption: string }[] = []
for await (const answered of askAll(asks, { responder: httpResponder({ baseUrl, model }), journal, budget })) {
  if (answered.kind === 'failure') console.error(`   ${names[answered.ask.subject]}: ${answered.failure.message}`)
  else annotations.push({ id: annotations.length, image_id: answered.ask.subject, caption: answered.reply.text.trim() })
}
await journal.close()
if (annotations.length === 0) stop(`${model} at ${baseUrl} has described none of them`)
const captions = join(out, 'captions.json')
writeFileSync(captions, JSON.stringify({ images, annotations }))

console.log('2. Syphus asks it for conversations about what it saw')
const asked = { baseUrl, model, journal: join(out, 'syphus.journal.jsonl'), maxTotalTokens: 5_000_000 }
const data = join(out, 'data')
const { pairs } = await runSyphus({
  annotations: [captions],
  images: photos,
  task: 'visual-qa',
  model: asked,
  out: data,
})

const dataset = await openDataset(data)
console.log(`3. ${pairs} pairs in ${data}; the first:`)
const first = await dataset.pair(0)
console.log(`   ${first.instruction}\n   ${first.response}`)
await dataset.close()
