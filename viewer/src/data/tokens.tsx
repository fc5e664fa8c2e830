// A row of tokens, each where it stands: what gets loss is coloured, special tokens are outlined, turns begin a line.
import type { Sample } from '../../../src/serve/wire.js'

interface Run {
  readonly from: number
  readonly to: number
  readonly text: string
  readonly learned: boolean
  readonly special: boolean
}

/** Neighbours that look alike, as one: a row of bytes has thousands of tokens. */
function tokenRuns({ pieces, learned, special }: Pick<Sample, 'pieces' | 'learned' | 'special'>): Run[] {
  const runs: Run[] = []
  for (const [i, piece] of pieces.entries()) {
    const isLearned = learned[i] === 1
    const isSpecial = special[i] === 1
    const last = runs.at(-1)
    if (last !== undefined && !isSpecial && !last.special && last.learned === isLearned) {
      runs[runs.length - 1] = { ...last, to: i + 1, text: last.text + piece }
    } else runs.push({ from: i, to: i + 1, text: piece, learned: isLearned, special: isSpecial })
  }
  return runs
}

export function Tokens({ sample }: { readonly sample: Sample }) {
  const { turns, tokenizer, ids } = sample
  const lines: { turn: number; runs: Run[] }[] = []
  for (const run of tokenRuns(sample)) {
    const turn = turns[run.from] ?? -1
    const last = lines.at(-1)
    if (last?.turn === turn) last.runs.push(run)
    else lines.push({ turn, runs: [run] })
  }
  const turnCount = Math.max(...turns) + 1
  return (
    <section class="tokens" aria-label="Tokens">
      <h2>
        Tokens <span class="quiet">of {tokenizer}</span>
      </h2>
      <p class="key">
        <span class="token learned">gets loss</span> <span class="token">does not</span>{' '}
        <span class="token special">special token</span>
      </p>
      {lines.map(({ turn, runs }) => (
        <div class="turn" key={runs[0]?.from}>
          <span class="turn-name">{turn < 0 ? '' : turn === turnCount - 1 ? 'query' : `context ${turn + 1}`}</span>
          <p>
            {runs.map(({ from, to, text, learned, special }) => (
              <span
                key={from}
                class={`token${learned ? ' learned' : ''}${special ? ' special' : ''}`}
                title={to - from === 1 ? `token ${from}, id ${ids[from]}` : `tokens ${from} to ${to - 1}`}
              >
                {text}
              </span>
            ))}
          </p>
        </div>
      ))}
    </section>
  )
}
