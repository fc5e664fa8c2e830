// The files of the page, as the build left them in dist/viewer: all of them are read once, and only what was read can be
// asked for, so no path of a request ever reaches the file system.
import { readdir, readFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MimicitError } from '../base/errors.js'

/** A file of the page. */
export interface PageFile {
  readonly bytes: Uint8Array
  /** MIME type. */
  readonly type: string
  readonly keepMs: number
}

/** By the path of the request: `/`, `/assets/main.js`. */
export type PageFiles = ReadonlyMap<string, PageFile>

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Where the build puts what it makes of viewer/; the same seen from src/ and from dist/. */
export function builtPage(): string {
  return join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist', 'viewer')
}

/** @throws MimicitError MIMICIT_NOT_FOUND if the page was not built */
export async function readPageFiles(dir = builtPage()): Promise<PageFiles> {
  const root = join(dir, 'page')
  const names = await readdir(root, { recursive: true }).catch((cause: unknown) => {
    throw new MimicitError('MIMICIT_NOT_FOUND', {
      expected: 'the built page of the viewer',
      where: dir,
      received: 'no such directory',
      hint: 'Build it with `npm run build`.',
      cause,
    })
  })
  const files = new Map<string, PageFile>()
  for (const name of names) {
    const type = TYPES[extname(name)]
    if (type === undefined) continue
    const path = `/${name.replaceAll('\\', '/')}`
    // Names under /assets carry a hash of what is in them.
    const keepMs = path.startsWith('/assets/') ? 365 * 86_400_000 : 0
    files.set(path === '/index.html' ? '/' : path, { bytes: await readFile(join(root, name)), type, keepMs })
  }
  return files
}
