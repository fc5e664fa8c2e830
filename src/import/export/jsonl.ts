// One JSON object a line in data.jsonl, pictures as files beside it: the form for scripts. It holds nearly everything:
// {id, subset, language, instruction, response}, `images` or `video` (the frames) with `media_ids`, and where there are
// any `split`, `positions`, `times`, `context` (ids by table) and `metadata`.
import type { ExportForm } from './export-form.js'
import { picturePath, writePictureFiles } from './picture-files.js'

/** `jsonl` */
export const jsonlExport: ExportForm = {
  title: 'a JSON object a line, pictures as files',
  holds: ['subset', 'split', 'language', 'media kind', 'metadata', 'positions', 'times', 'picture ids', 'row order'],
  contexts: 'all',
  takes: [],
  async write(job) {
    const file = await job.output.text('data.jsonl')
    for await (const [row, pair] of job.pairs()) {
      const files: string[] = []
      for (const media of pair.media) files.push(await picturePath(job, media))
      const context: [string, readonly string[]][] = []
      for (const name of job.contextNames) {
        const ids = await (await job.contexts(name))?.of(row)
        if (ids !== undefined) context.push([name, ids])
      }
      const line = {
        id: pair.id,
        subset: pair.subset,
        language: pair.language,
        ...(pair.split !== null && { split: pair.split }),
        instruction: pair.instruction,
        response: pair.response,
        ...(pair.mediaKind === 'images' && { images: files }),
        ...(pair.mediaKind === 'video' && { video: files }),
        ...(files.length > 0 && { media_ids: pair.mediaIds }),
        ...(pair.mediaPositions !== null && { positions: pair.mediaPositions }),
        ...(pair.mediaTimes !== null && { times: pair.mediaTimes }),
        ...(context.length > 0 && { context: Object.fromEntries(context) }),
      }
      // Metadata are JSON text already; parsing them could change numbers.
      const metadata = pair.metadata === null ? '' : `,"metadata":${pair.metadata.replace(/[\r\n]+/g, ' ')}`
      await file.write(`${JSON.stringify(line).slice(0, -1)}${metadata}}\n`)
    }
    await file.finish()
    await writePictureFiles(job)
  },
}
