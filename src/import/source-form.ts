// What a foreign form is: it tells its files, and opens them as sources. forms.ts lists the forms.
import type { MimicitError } from '../base/errors.js'
import type { Scratch } from '../io/spill.js'
import type { ImportSource } from './source.js'

/** What is imported; each form takes some of these and refuses the others. */
export interface SourceInputs {
  /** The files or folders that the form is about. */
  readonly paths: readonly string[]
  /** Pictures: images files, or a folder of pictures. */
  readonly images?: readonly string[] | undefined
  /** Train files. */
  readonly train?: readonly string[] | undefined
  /** The folder that relative paths of pictures and clips start from; none may lead out of it. @default beside the file */
  readonly root?: string | undefined
  /** Name of the source, put in front of ids that collide. @default the name of the first file */
  readonly name?: string | undefined
  /** What is asked of a picture that comes with a caption only. @default 'What does the image describe?' */
  readonly instruction?: string | undefined
  /** Of a video: frames a second, or how many in all, evenly spread. */
  readonly fps?: number | undefined
  readonly frames?: number | undefined
}

/** The inputs that a form may take. */
export type InputName = Exclude<keyof SourceInputs, 'paths' | 'name'>

/** A frame of a movie that was taken before. */
export interface KnownFrame {
  readonly id: string
  readonly time: number
}

/** What a form is told of the import. */
export interface OpenOptions {
  readonly maxSide?: number | undefined
  /** Whether the picture, or the clip, of this id is of use; one that is not may come without bytes. @default all are */
  readonly isMine?: ((key: string) => boolean) | undefined
  /** Whether the frames of a clip were taken and kept by an earlier run: it may come without bytes. @param file that names the clip */
  readonly isDone?: ((file: string, clip: string) => boolean) | undefined
  /** The frames of a clip that were taken before, or why there are none. @param file that names the clip */
  readonly framesOf?: ((file: string, clip: string) => readonly KnownFrame[] | MimicitError | undefined) | undefined
}

/** A foreign form. */
export interface SourceForm {
  /** One line for people. */
  readonly title: string
  /** What it takes beside paths and a name. */
  readonly takes: readonly InputName[]
  /** Whether a path looks like this form; the first form that says so is taken. */
  isForm(path: string): Promise<boolean>
  /**
   * Opens it.
   * @param scratch for what must be kept on the disk meanwhile
   * @param options what the import does to pictures, for a form that makes pictures itself or reads them one by one
   */
  open(inputs: SourceInputs, scratch: Scratch, options?: OpenOptions): Promise<readonly ImportSource[]>
}
