// The system's ffmpeg: found at run time, never a dependency. It reads local files of known containers only: a playlist
// that calls itself a movie could make it read anything.
import { spawn } from 'node:child_process'
import { MimicitError } from '../../base/errors.js'
import type { RawFrame } from '../../vision/encode-frame.js'
import { ppmFrames } from './ppm.js'

const CONTAINERS = 'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,ogg,asf,gif'
const SAFE = ['-protocol_whitelist', 'file,pipe', '-format_whitelist', CONTAINERS]
/** Terms of one expression; more frames are taken in several runs. */
const FRAMES_A_RUN = 500

/** An ffmpeg that is there. */
export interface Ffmpeg {
  /** As it calls itself: `5.1.6-0+deb12u1`. */
  readonly version: string
  /** Time stamps of the frames of a file, ascending, and the length of their unit in seconds. */
  timeStamps(path: string): Promise<{ readonly stamps: readonly number[]; readonly unit: number }>
  /** The frames with these time stamps, upright and with square pixels. */
  frames(path: string, stamps: readonly number[]): AsyncGenerator<RawFrame>
}

/** Finds ffmpeg. @throws MimicitError MIMICIT_UNSUPPORTED if it is not installed */
export async function findFfmpeg(): Promise<Ffmpeg> {
  let version = ''
  for (const tool of ['ffprobe', 'ffmpeg']) {
    const text = await output(tool, ['-version'], 'ffmpeg').catch((error) => {
      throw new MimicitError('MIMICIT_UNSUPPORTED', {
        expected: `${tool} on this machine`,
        where: 'the frames of a video',
        received: (error as Error).message,
        hint: 'Install it: apt-get install ffmpeg, brew install ffmpeg or winget install ffmpeg.',
        cause: error,
      })
    })
    version = /version (\S+)/.exec(text)?.[1] ?? 'unknown'
  }
  // The option was renamed, and the old name is going to be removed.
  const passthrough = /^[0-5]\./.test(version) ? '-vsync' : '-fps_mode'
  return {
    version,
    async timeStamps(path) {
      // Packets need no decoding. Where they have no time stamps, or frames come without packets, frames are asked.
      const fast = await listStamps(path, 'packet=pts,flags')
      return fast.stamps.includes(Number.NaN) ? listStamps(path, 'frame=best_effort_timestamp') : fast
    },
    async *frames(path, stamps) {
      for (let at = 0; at < stamps.length; at += FRAMES_A_RUN) {
        const chosen = stamps.slice(at, at + FRAMES_A_RUN)
        const select = chosen.map((stamp) => `eq(pts,${stamp})`).join('+')
        const args = ['-v', 'error', '-nostdin', '-copyts', ...SAFE, '-i', `file:${path}`, '-map', '0:v:0']
        const filter = `select='${select}',scale='max(1,trunc(iw*sar))':ih:flags=bicubic+accurate_rnd+bitexact`
        const format = ['-pix_fmt', 'rgb24', '-c:v', 'ppm', '-f', 'image2pipe', 'pipe:1']
        yield* ppmFrames(run('ffmpeg', [...args, '-vf', filter, passthrough, 'passthrough', ...format], path))
      }
    },
  }
}

async function listStamps(path: string, entries: string) {
  const args = ['-v', 'error', ...SAFE, '-select_streams', 'v:0', '-show_entries', `${entries}:stream=time_base`]
  const found = JSON.parse(await output('ffprobe', [...args, '-of', 'json', `file:${path}`], path)) as {
    readonly packets?: readonly { readonly pts?: number; readonly flags?: string }[]
    readonly frames?: readonly { readonly best_effort_timestamp?: number }[]
    readonly streams?: readonly { readonly time_base?: string }[]
  }
  const [over, under] = (found.streams?.[0]?.time_base ?? '').split('/').map(Number)
  if (!over || !under) throw badVideo(path, 'a file without a video')
  const shown = found.packets?.filter(({ flags = '' }) => !flags.includes('D')).map(({ pts }) => pts ?? Number.NaN)
  const stamps = shown ?? found.frames?.flatMap(({ best_effort_timestamp: stamp }) => stamp ?? []) ?? []
  return { stamps: [...new Set(stamps)].sort((a, b) => a - b), unit: over / under }
}

/** Of a file that is no video, or is cut short. */
export function badVideo(path: string, received: string, cause?: unknown): MimicitError {
  return new MimicitError('MIMICIT_BAD_PICTURE', {
    expected: 'a video that decodes',
    where: path,
    received,
    hint: 'Replace the file, or leave it out with --broken skip.',
    cause,
  })
}

async function output(tool: string, args: readonly string[], path: string): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of run(tool, args, path)) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}

/** What a program complained of, on one line; addresses in its memory are others each time. */
const plainly = (said: string) =>
  said
    .replace(/ @ 0x[0-9a-f]+/g, '')
    .trim()
    .replace(/\s+/g, ' ')

/** What a program writes. It is ended when nobody wants more of it. @throws MimicitError MIMICIT_BAD_PICTURE if it fails */
async function* run(tool: string, args: readonly string[], path: string): AsyncGenerator<Buffer> {
  const child = spawn(tool, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-1000)
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  ended.catch(() => undefined)
  try {
    for await (const piece of child.stdout) yield piece as Buffer
    const code = await ended
    if (code !== 0) throw badVideo(path, `${tool} said: ${plainly(said) || `exit code ${code}`}`)
  } finally {
    child.kill('SIGKILL')
  }
}
