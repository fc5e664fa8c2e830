// Scrolling through millions of rows. Browsers limit how tall an element can be, so a long list is given a shorter track:
// small movements move the rows by just as many pixels, large ones (a dragged bar, End) go to the same part of the list.

/** The tallest track, well below what any browser allows. */
const MOST_TRACK = 8_000_000

/** A list seen through a window. */
export interface ListSize {
  readonly rows: number
  readonly rowHeight: number
  readonly viewHeight: number
}

/** How tall the scrolled element is. */
export const trackHeight = ({ rows, rowHeight, viewHeight }: ListSize): number =>
  Math.max(viewHeight, Math.min(MOST_TRACK, rows * rowHeight))

const mostTop = ({ rows, rowHeight, viewHeight }: ListSize) => Math.max(0, rows * rowHeight - viewHeight)
const mostScroll = (size: ListSize) => Math.max(0, trackHeight(size) - size.viewHeight)

const clamp = (value: number, most: number) => Math.min(Math.max(value, 0), most)

/** The pixel of the list at the top of the window, after the track was scrolled from one place to another. */
export function topAfter(size: ListSize, top: number, from: number, to: number): number {
  const track = mostScroll(size)
  const list = mostTop(size)
  if (track === 0) return 0
  if (to <= 0) return 0
  if (to >= track) return list
  if (list === track) return clamp(to, list)
  const isSmall = Math.abs(to - from) <= 2 * size.viewHeight
  return clamp(isSmall ? top + (to - from) : (to / track) * list, list)
}

/** Where the track stands when the list stands at a pixel. */
export function scrollOf(size: ListSize, top: number): number {
  const list = mostTop(size)
  return list === 0 ? 0 : (clamp(top, list) / list) * mostScroll(size)
}

/** The pixel to stand at so that a row is seen: as it is where it is seen already, else with the row in the middle. */
export function topShowing(size: ListSize, top: number, row: number): number {
  const { rowHeight, viewHeight } = size
  const at = row * rowHeight
  if (at >= top && at + rowHeight <= top + viewHeight) return top
  return clamp(at - (viewHeight - rowHeight) / 2, mostTop(size))
}

/** Rows that are seen, a few more on both sides: [from, to). */
export function seenRows({ rows, rowHeight, viewHeight }: ListSize, top: number, more = 3): readonly [number, number] {
  const from = Math.max(0, Math.floor(top / rowHeight) - more)
  return [from, Math.min(rows, Math.ceil((top + viewHeight) / rowHeight) + more)]
}
