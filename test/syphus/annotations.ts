// One annotation for each task, as its readers give them: what the golden prompts are made of.
import { annotation } from '../../src/import/annotations/annotation.js'

const picture = '000000000042'

/** By the name of the task. */
export const annotated = {
  'visual-qa': annotation({
    id: picture,
    mediaKind: 'images',
    mediaIds: [picture],
    captions: [
      { text: 'A brown dog sleeps on a blue couch.', mediaId: picture },
      { text: 'A dog lies next to two\n books on a couch.', mediaId: picture },
      { text: ' ', mediaId: picture },
      { text: 'A brown dog sleeps on a blue couch.', mediaId: picture },
    ],
    objects: [
      { category: 'dog', box: [0.25, 0.5, 0.604, 0.8], crowd: false, mediaId: picture },
      { category: 'book', box: [0.7, 0.6, 0.9, 0.75], crowd: true, mediaId: picture },
    ],
  }),
  'dense-captions': annotation({
    id: 'v_abc-_1',
    mediaKind: 'video',
    mediaIds: ['v_abc-_1'],
    durationSeconds: 60.4,
    segments: [
      { startSeconds: 31.6, endSeconds: 60.4, text: 'She throws the ball and it hits the wall.' },
      { startSeconds: 0.3, endSeconds: 12, text: 'A girl in a red shirt picks up a ball.' },
      { startSeconds: 10, endSeconds: 33.2, text: ' ' },
    ],
  }),
}
