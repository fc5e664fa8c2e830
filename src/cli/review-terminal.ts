// A person at a terminal who looks at candidates one by one: a letter and Enter decide. Lines may also come from a file.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parse, stringify } from 'yaml'
import { isMimicitError, MimicitError } from '../base/errors.js'
import { plural } from '../base/format.js'
import type { Choice, Reviewer } from '../syphus/cold-start/cold-start.js'
import { type Candidate, type ColdStartSession, pairsOf } from '../syphus/cold-start/session.js'
import type { Task } from '../syphus/task.js'

/** Streams to talk over. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}

const HELP = 'a = accept   e = edit   r [why] = reject   q = stop here and go on later'

/** A reviewer at a terminal; `close` lets the process end. */
export function terminalReviewer({ input, output }: Terminal): Reviewer & { close(): void } {
  const lines = createInterface({ input, terminal: false })
  const next = lines[Symbol.asyncIterator]()
  // What a model writes must not speak to the terminal: move its cursor, set its title.
  const say = (text: string) =>
    output.write(`${text.replace(/(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')}\n`)
  /** Undefined at the end of the input. */
  const asked = async (question: string) => {
    output.write(question)
    const { value, done } = (await next.next()) as IteratorResult<string, undefined>
    return done === true ? undefined : value.trim()
  }
  return {
    async review(candidate, session, task) {
      say(shown(candidate, session, task))
      for (;;) {
        const line = await asked('> ')
        if (line === undefined) return { kind: 'stop' }
        const [letter = '', ...words] = line.split(/\s+/)
        const choice = await choiceOf(letter.toLowerCase(), words.join(' '), candidate, task, asked, say)
        if (choice !== undefined) return choice
        say(HELP)
      }
    },
    async nextRound({ examples, round }) {
      say(`\nRound ${round + 1} is done: ${plural(examples.length, 'example')} chosen.`)
      const line = await asked('Another round with these examples? (y/N) ')
      return line !== undefined && /^y/i.test(line)
    },
    told({ failed }) {
      for (const { annotation, reason } of failed) say(`${annotation}: ${reason}`)
    },
    close: () => lines.close(),
  }
}

function shown(
  { annotation, user, reply, objections }: Candidate,
  { open, round, examples }: ColdStartSession,
  task: Task,
) {
  const pairs = pairsOf(task.output, reply).flatMap(({ instruction, response }, n) => [
    `  ${n + 1}. Q  ${indented(instruction)}`,
    `     A  ${indented(response)}`,
  ])
  return [
    `\n--- ${annotation}   round ${round + 1}, ${plural(open.length, 'candidate')} to go, ${plural(examples.length, 'example')} chosen`,
    user,
    '',
    ...pairs,
    ...objections.map((objection) => `  ! ${objection}`),
    HELP,
  ].join('\n')
}

const indented = (text: string) => text.replaceAll('\n', '\n        ')

async function choiceOf(
  letter: string,
  rest: string,
  { reply }: Candidate,
  task: Task,
  asked: (question: string) => Promise<string | undefined>,
  say: (text: string) => void,
): Promise<Choice | undefined> {
  if (letter === 'a') return { kind: 'accept' }
  if (letter === 'r') return { kind: 'reject', ...(rest !== '' && { reason: rest }) }
  if (letter === 'q') return { kind: 'stop' }
  if (letter !== 'e') return undefined
  try {
    const edited = await editedReply(reply, asked)
    if (edited === undefined) return undefined
    pairsOf(task.output, edited)
    return { kind: 'edit', reply: edited }
  } catch (error) {
    if (!isMimicitError(error)) throw error
    say(error.message)
    return undefined
  }
}

/** The reply as the person changed it: in their editor as YAML, or without one as a line of JSON. */
async function editedReply(reply: unknown, asked: (question: string) => Promise<string | undefined>): Promise<unknown> {
  const editor = process.env.VISUAL ?? process.env.EDITOR
  if (editor === undefined || editor === '') {
    const line = await asked('$EDITOR is not set. The reply as one line of JSON (empty = as it was):\n')
    return line === undefined || line === '' ? undefined : parsed(line)
  }
  const dir = mkdtempSync(join(tmpdir(), 'mimicit-edit-'))
  const path = join(dir, 'reply.yaml')
  try {
    writeFileSync(path, stringify(reply))
    // An editor may be a command with arguments: "code --wait".
    const { status } = spawnSync(`${editor} ${JSON.stringify(path)}`, { shell: true, stdio: 'inherit' })
    return status === 0 ? parsed(readFileSync(path, 'utf8')) : undefined
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

function parsed(text: string): unknown {
  try {
    return parse(text) as unknown
  } catch (error) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'YAML or JSON',
      where: 'the edited reply',
      received: (error as Error).message.split('\n')[0]!,
    })
  }
}
