// A process of its own that asks and tells every answer, so that a test can kill it at any moment. It runs the built
// package.
import { askAll } from '../../dist/llm/ask-all.js'
import { openModelSession } from '../../dist/llm/model-session.js'

const [options, count] = process.argv.slice(2).map((text) => JSON.parse(text))
const asks = Array.from({ length: count }, (_, i) => ({
  id: `ask-${i}`,
  request: { messages: [{ role: 'user', content: `what is number ${i}` }], maxTokens: 64 },
  subject: i,
}))
const { asking, close } = await openModelSession(options)
const policy = { ...asking.policy, backoffMs: 1, maxBackoffMs: 20 }
for await (const answer of askAll(asks, { ...asking, policy })) {
  process.stdout.write(`${answer.ask.id} ${answer.kind === 'reply' ? answer.reply.text : answer.failure.code}\n`)
}
await close()
