// One annotation for each task, as its readers give them: what the golden prompts are made of.
import { annotation } from '../../src/import/annotations/annotation.js'

const picture = '000000000042'

const clip = annotation({
  id: 'H_A_1',
  mediaKind: 'video',
  mediaIds: ['H_A_1'],
  captions: ['A man jumps over a puddle and falls into it.', 'It is funny because he looked so sure of himself.'].map(
    (text) => ({ text, mediaId: 'H_A_1' }),
  ),
})

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
  'tv-captions': annotation({
    id: 'friends_s01e03_seg02_clip_19',
    mediaKind: 'video',
    mediaIds: ['friends_s01e03_seg02_clip_19'],
    durationSeconds: 61,
    segments: [
      { startSeconds: 12, endSeconds: 20, text: 'Joey hands Rachel a cup.' },
      { startSeconds: 0, endSeconds: 8.5, text: 'Rachel opens the door and lets Joey in.' },
    ],
  }),
  'visual-storytelling': annotation({
    id: 'story-9',
    mediaKind: 'images',
    mediaIds: ['11', '12'],
    title: 'Birthday',
    description: 'Our day',
    captions: [
      { text: 'We baked a cake.', mediaId: '11' },
      { text: 'Then everybody danced.', mediaId: '12' },
    ],
    notes: [{ mediaId: '11', title: 'cake', tags: ['cake', 'kitchen'] }],
  }),
  'spot-the-difference': annotation({
    id: '00954',
    mediaKind: 'images',
    mediaIds: ['00954_1', '00954_2'],
    captions: ['a car is gone', 'two people came'].map((text) => ({ text, mediaId: null })),
  }),
  'general-difference': annotation({
    id: '000000000001-000000000002',
    mediaKind: 'images',
    mediaIds: ['000000000001', '000000000002'],
    captions: [
      { text: 'A brown dog is lying on a blue carpet.', mediaId: '000000000001' },
      { text: 'A black cat is sitting on a red carpet.', mediaId: '000000000002' },
    ],
    objects: [
      { category: 'dog', box: [0.2, 0.3, 0.6, 0.8], crowd: false, mediaId: '000000000001' },
      { category: 'cat', box: [0.4, 0.2, 0.7, 0.6], crowd: false, mediaId: '000000000002' },
    ],
  }),
  'indoor-planning': annotation({
    id: 'scene0000_00',
    mediaKind: 'images',
    mediaIds: ['scene0000_00'],
    captions: [
      'this is a black chair. it is at the table.',
      'there is a round table. it is in the middle of the room.',
      'this is a grey couch. it is next to the door.',
      'a tall lamp. it stands beside the couch.',
      'the desk is brown. it is by the window.',
    ].map((text) => ({ text, mediaId: 'scene0000_00' })),
    notes: [{ mediaId: 'scene0000_00', title: null, tags: ['chair', 'table', 'couch', 'lamp', 'desk'] }],
  }),
  egocentric: annotation({
    id: 'vid_00016',
    mediaKind: 'video',
    mediaIds: ['vid'],
    durationSeconds: 16,
    span: [16, 32],
    segments: [
      { startSeconds: 17.2, endSeconds: 18.2, text: '#C C picks a knife from the table' },
      { startSeconds: 20, endSeconds: 21, text: '#C C carries the plates and cups to the sink with his left hand' },
      { startSeconds: 23, endSeconds: 24, text: '#O man X washes a cup' },
      { startSeconds: 27.5, endSeconds: 28.5, text: '#C C wipes the table and folds the cloth' },
    ],
  }),
  'funqa-choice': clip,
  'funqa-dialogue': clip,
  'funqa-paraphrase': clip,
}
