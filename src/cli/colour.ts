// Colours for a terminal. None where standard error or output is no terminal, or NO_COLOR or TERM=dumb says so (Node looks
// at both, and at FORCE_COLOR).

/** Whether a stream shows colours. */
function hasColours(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && stream.hasColors()
}

const paint = (code: number) => (text: string, stream: NodeJS.WriteStream) =>
  hasColours(stream) ? `\x1b[${code}m${text}\x1b[0m` : text

/** What must be seen. */
export const red = paint(31)
/** Titles. */
export const bold = paint(1)
/** What can be typed. */
export const cyan = paint(36)
