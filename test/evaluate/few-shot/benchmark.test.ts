// Questions of a benchmark in TSV: made a data set, asked of a model behind an end point and of one of ours, and judged.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Prediction } from '../../../src/evaluate/few-shot/predictions.js'
import { importDataset } from '../../../src/import/import-dataset.js'
import { openDataset } from '../../../src/shards/dataset.js'
import { startRun } from '../../../src/train/run.js'
import { runSettings } from '../../../src/train/run-settings.js'
import { sharp } from '../../../src/vision/sharp.js'
import { startLlmServer, type WireBody } from '../../support/llm-server.js'
import { tempDir } from '../../support/temp-dir.js'

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
const dir = tempDir()
const tsv = join(dir, 'mmbench.tsv')
const pictures: string[] = []

const HEAD = ['index', 'question', 'hint', 'A', 'B', 'C', 'D', 'answer', 'category', 'l2-category', 'image']
const quoted = (field: string) => (/[\t\n"]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)
const write = (path: string, rows: readonly (readonly string[])[]) =>
  writeFileSync(path, [HEAD, ...rows].map((row) => `${row.map(quoted).join('\t')}\n`).join(''))

beforeAll(async () => {
  for (const background of ['red', 'green', 'blue']) {
    const bytes = await sharp({ create: { width: 24, height: 24, channels: 3, background } })
      .png()
      .toBuffer()
    pictures.push(bytes.toString('base64'))
  }
  write(tsv, [
    ['1', 'What is it?', 'nan', 'a dog', 'a cat', 'nan', '', 'B', 'object', 'perception', pictures[0]!],
    ['2', 'Which "word"\nfits?', 'Look left.', 'red', 'green', 'blue', 'none', 'C', 'colour', 'perception', '1'],
    ['3', 'How many?', '', '1', '10', '100', '', 'A', 'count', 'reasoning', pictures[1]!],
    ['4', 'What is next?', '', 'rain', 'snow', '', '', 'B', 'future', 'reasoning', pictures[2]!],
    ['5', 'What are two and two?', '', 'three', 'four', '', '', 'B', 'count', 'reasoning', ''],
  ])
})

/** The command beside a server of this process, which a synchronous child would keep from answering. */
async function mimicit(...args: string[]) {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => (stdout += chunk))
  child.stderr.on('data', (chunk) => (stderr += chunk))
  const [status] = await once(child, 'close')
  return { status, stdout, stderr }
}

const predictionsOf = (out: string) =>
  readFileSync(join(out, 'predictions.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Prediction)

const contentOf = (body: WireBody) =>
  body.messages.at(-1)!.content as readonly { type: string; text?: string; image_url?: { url: string } }[]

describe('a benchmark', () => {
  it('becomes a data set: a pair a question, each picture once, options in the metadata', async () => {
    const out = join(dir, 'imported')
    await importDataset({ paths: [tsv], out })
    const dataset = await openDataset(out)
    const pairs = []
    for await (const [, pair] of dataset.pairs()) pairs.push(pair)
    expect(pairs.map(({ id, mediaIds, response }) => [id, mediaIds, response])).toEqual([
      ['1', ['1'], 'B'],
      ['2', ['1'], 'C'],
      ['3', ['3'], 'A'],
      ['4', ['4'], 'B'],
      ['5', [], 'B'],
    ])
    expect(pairs[1]!.instruction).toBe('Look left.\nWhich "word"\nfits?\nA. red\nB. green\nC. blue\nD. none')
    expect(JSON.parse(pairs[0]!.metadata!)).toEqual({
      ...{ options: { A: 'a dog', B: 'a cat' }, label: 'B', dimension: 'object', group: 'perception' },
    })
    expect(Buffer.from(await dataset.picture(0)).toString('base64')).toBe(pictures[0])
    await dataset.close()
  })

  it.each([
    ['a picture that is none', 'x'.repeat(80), 'MIMICIT_BAD_PICTURE'],
    ['a picture that is no base64', '§'.repeat(80), 'MIMICIT_BAD_BASE64'],
    ['the picture of a row that there is not', '77', 'MIMICIT_DANGLING_MEDIA'],
  ])('with %s is refused', async (name, image, code) => {
    const path = join(dir, `${name}.tsv`)
    write(path, [['1', 'q', '', 'x', 'y', '', '', 'A', 'c', 'g', image]])
    await expect(importDataset({ paths: [path], out: join(dir, name) })).rejects.toMatchObject({ code })
  })

  it('is answered by a model behind an end point with the pictures, and its answers are judged', async () => {
    const bodies: WireBody[] = []
    const said = ['It is B.', 'blue', '**A**', 'rain or snow', 'four']
    const server = await startLlmServer({
      answer: (body) => {
        bodies.push(body)
        const text = contentOf(body).at(-1)!.text!
        return said[
          ['What is it', 'Which', 'How many', 'What is next', 'two and two'].findIndex((q) => text.includes(q))
        ]!
      },
    })
    const out = join(dir, 'chat')
    const args = [
      ...['eval', 'few-shot', '--benchmark', tsv, '--task', 'choice', '--base-url', server.url, '--model', 'm'],
      ...['--out', out],
    ]
    const first = await mimicit(...args)
    expect([first.status, first.stderr]).toEqual([0, ''])
    expect(first.stdout).toMatch(/^5 questions;/)
    expect(first.stdout).toMatch(/ {2}accuracy {2}unclear\n +random +0 +1 +0\.8000 +1\n/)
    const urls = bodies.map((body) => contentOf(body)[0]!.image_url?.url)
    for (const picture of pictures) expect(urls).toContain(`data:image/png;base64,${picture}`)
    expect(urls.filter((url) => url === undefined)).toHaveLength(1)
    expect(contentOf(bodies[0]!).at(-1)!.text).toMatch(/\nAnswer with the option's letter\.$/)
    // The same command finds the data set and all answers again.
    const again = await mimicit(...args)
    expect([again.status, again.stdout]).toEqual([0, first.stdout])
    expect(first.stdout).toMatch(/the model used [\d,]+ tokens/)
    expect(bodies).toHaveLength(5)
    await server.close()
    const judged = await mimicit('eval', 'judge', '--benchmark', tsv, '--predictions', join(out, 'predictions.jsonl'))
    expect([judged.status, judged.stderr]).toEqual([0, ''])
    expect(judged.stdout).toMatch(/reasoning +3 +0\.6667\nall: 0\.8000/)
    expect(judged.stdout).toContain('warning MIMICIT_BAD_REPLY: 1')
  }, 60_000)

  it('is answered by a run of ours, with examples from the questions that are not asked', async () => {
    const run = join(dir, 'run')
    const data = join(dir, 'for-training')
    await importDataset({ paths: [tsv], out: data })
    const loader = { batchSize: 1, shots: 0, maxTokens: 512 }
    await startRun(run, runSettings({ dataset: data, model: 'tiny', steps: 1, loader }), { backend: 'wasm' })
    const out = join(dir, 'ours')
    const args = ['eval', 'few-shot', run, '--benchmark', tsv, '--task', 'choice', '--shots', '0,1', '--seeds', '1']
    const { status, stderr } = await mimicit(
      ...[...args, '--queries', '2', '--num-beams', '1', '--max-new-tokens', '4', '--backend', 'wasm', '--out', out],
    )
    expect([status, stderr]).toEqual([0, ''])
    const predictions = predictionsOf(out)
    expect(predictions.map(({ shots, contexts }) => [shots, contexts.length])).toEqual([0, 0, 1, 1].map((n) => [n, n]))
    expect(new Set(predictions.map(({ id }) => id)).size).toBe(2)
    for (const { options, references } of predictions) expect(Object.keys(options!)).toContain(references[0])
  }, 60_000)

  it.each([
    ['examples of a benchmark of which all is asked', ['--shots', '0,4'], /--queries/],
    ['a benchmark beside a data set', ['--dataset', dir], /a data set too/],
    ['a split of a benchmark', ['--query-split', 'test'], /the split test/],
  ])('refuses %s', (_, more, message) => {
    const args = [main, 'eval', 'few-shot', '--benchmark', tsv, '--task', 'choice', '--out', join(dir, 'no'), ...more]
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect(status).toBe(2)
    expect(stderr).toMatch(message)
  })
})
