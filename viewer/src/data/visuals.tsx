// The pictures of a pair, or the frames of its video, in their order.
import type { FullPair } from '../../../src/serve/wire.js'
import { bytes, seconds } from '../format.js'

const SIDES = { large: 1024, small: 320 } as const

export function Visuals({ pair, size }: { readonly pair: FullPair; readonly size: keyof typeof SIDES }) {
  const { pictures, mediaTimes, mediaKind } = pair
  if (pictures.length === 0) return null
  const classes = `visuals ${size} ${pictures.length === 1 ? 'one' : mediaKind === 'video' ? 'frames' : 'several'}`
  return (
    <div class={classes}>
      {pictures.map((picture, i) => {
        const time = mediaTimes?.[i] ?? picture.seconds
        const facts = `${picture.format} ${picture.width} × ${picture.height}, ${bytes(picture.byteLength)}`
        return (
          <figure key={`${picture.row} ${i}`}>
            <a href={`/api/pictures/${picture.row}`} target="_blank" rel="noreferrer">
              <img
                src={`/api/pictures/${picture.row}?side=${pictures.length > 4 ? 320 : SIDES[size]}`}
                width={picture.width}
                height={picture.height}
                alt={picture.id}
                title={facts}
                loading="lazy"
              />
            </a>
            {size === 'large' && (
              <figcaption>
                <span class="id">{picture.id}</span>
                <span>{typeof time === 'number' ? seconds(time) : facts}</span>
              </figcaption>
            )}
          </figure>
        )
      })}
    </div>
  )
}
