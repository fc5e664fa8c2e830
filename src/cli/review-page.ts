// A person at a page who looks at candidates one by one: the same questions as at the terminal, asked in the browser.
import { reviewDesk } from '../serve/cold-start/review-desk.js'
import { openViewer } from '../serve/open-viewer.js'
import type { ColdStartResult, Reviewer } from '../syphus/cold-start/cold-start.js'
import { openVisuals } from '../syphus/run/visuals.js'
import type { Task } from '../syphus/task.js'
import { openInBrowser } from './browser.js'

/** How the page is opened. */
export interface ReviewPageOptions {
  readonly task: Task
  /** Folder of the pictures. */
  readonly images: string | undefined
  readonly port: number
  readonly open: boolean
  readonly signal: AbortSignal
  /** Is given the address. */
  readonly say: (text: string) => void
}

/** A page that asks. */
export interface ReviewPage {
  readonly reviewer: Reviewer
  /** Tells the page how the search ended, or what broke it, and closes the server. */
  end(result: ColdStartResult | Error): Promise<void>
}

/** @throws MimicitError MIMICIT_BUSY if the port is taken, those of opening the folder of pictures */
export async function openReviewPage(options: ReviewPageOptions): Promise<ReviewPage> {
  const { task, images, port, open, signal, say } = options
  const desk = reviewDesk(task, signal)
  const folder = images === undefined ? undefined : await openVisuals(images, task)
  const server = await openViewer({ port, coldStart: { desk, images: folder } })
  say(
    `the candidates are at ${server.url}\nonly on this machine, and only with this address; Ctrl-C stops, and the same command goes on\n`,
  )
  if (open) openInBrowser(server.url)
  return {
    reviewer: desk.reviewer,
    async end(result) {
      await desk.end(result)
      await server.close()
    },
  }
}
