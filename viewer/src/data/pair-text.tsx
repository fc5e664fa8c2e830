// Instruction and response, as they are: text of the data is never anything but text.
import type { FullPair } from '../../../src/serve/wire.js'

export function PairText({ pair }: { readonly pair: FullPair }) {
  return (
    <dl class="texts" lang={pair.language}>
      <dt>Instruction</dt>
      <dd class="instruction" dir="auto">
        {withMarks(pair)}
      </dd>
      <dt>Response</dt>
      <dd class="response" dir="auto">
        {pair.response === '' ? <em class="quiet">empty</em> : pair.response}
      </dd>
    </dl>
  )
}

/** The instruction with a mark wherever a picture stands inside it. */
function withMarks({ instruction, mediaPositions }: FullPair) {
  if (mediaPositions === null) return instruction
  const parts = []
  let from = 0
  for (const [i, position] of mediaPositions.entries()) {
    parts.push(instruction.slice(from, position), <span class="mark">{i + 1}</span>)
    from = position
  }
  parts.push(instruction.slice(from))
  return parts
}
