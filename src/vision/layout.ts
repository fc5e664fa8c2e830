// How the pixels of a picture lie in memory.

/** Names of the layouts: channel planes [3,H,W], or the channels of a pixel together [H,W,3]. */
export const PIXEL_LAYOUTS = ['NCHW', 'NHWC'] as const

/** How pixels lie in memory. */
export type PixelLayout = (typeof PIXEL_LAYOUTS)[number]

/** The shape of one picture of a layout. */
export function pictureShape(layout: PixelLayout, height: number, width: number): [number, number, number] {
  return layout === 'NCHW' ? [3, height, width] : [height, width, 3]
}
