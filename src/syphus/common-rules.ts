// Rules that several tasks share, and sentences of system messages that go with them.
import type { ForbiddenText } from './task.js'

const SECONDS = 's|secs?|seconds?|millis(?:econds?)?|ms'
const NUMBER_WORDS =
  'one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty'
const CLOCK = String.raw`\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?`

/** Moments told as numbers: whoever sees a clip sees no clock. Prices, counts and times of day that are part of a scene may stand. */
export const noTimeStamps: ForbiddenText = {
  in: 'both',
  pattern: new RegExp(
    [
      String.raw`\b\d+(?:\.\d+)?\s*-?\s*(?:${SECONDS})\b`,
      String.raw`\b(?:${NUMBER_WORDS})[\s-]seconds?\b`,
      String.raw`\b\d+(?:st|nd|rd|th)\s+second\b`,
      String.raw`\bseconds?\s+\d+\b(?!-\p{L})`,
      String.raw`\b(?:at|from|after|until|between|around)\s+${CLOCK}\b(?!\s*(?:[ap]\.?m\b|o'?clock))`,
      String.raw`[[(<]\s*${CLOCK}\b`,
      String.raw`\b${CLOCK}\s*(?:[-\u2013\u2014]|to)\s*${CLOCK}\b(?!\s*[ap]\.?m\b)`,
      String.raw`\b${CLOCK}\s+mark\b`,
      String.raw`\btime\s?-?stamps?\b`,
    ].join('|'),
    'iu',
  ),
  rule: 'time-stamp',
  reason: 'it tells a time stamp; say when something happens by what happens before or after it',
}

/** Frames are what a clip was cut into, nobody who watches it sees them. */
export const noFrameNumbers: ForbiddenText = {
  in: 'both',
  pattern: /\b(?:frames?|images?|pictures?|photos?|segments?|clips?)\s*(?:number|no\.?|nr\.?|#)?\s*\d+\b/iu,
  rule: 'frame-number',
  reason: 'it counts frames or files; describe the moment instead',
}

/** Shares of a picture, or pixels. */
export const noCoordinates: ForbiddenText = {
  in: 'both',
  pattern: /[[(]\s*\d*\.?\d+\s*(?:,\s*\d*\.?\d+\s*){1,3}[\])]|\bbounding box(?:es)?\b|\bcoordinates?\b/iu,
  rule: 'coordinates',
  reason: 'it tells coordinates or boxes; say where something is in words',
}

/** People of the shows of TVC, whose captions come in small letters too; those that are words as well are left to their capitals. */
export const SHOW_NAMES =
  'sheldon|leonard|howard|rajesh|raj|bernadette|barney|marshall|rachel|monica|chandler|joey|phoebe|meredith|cristina|izzie|izzy|derek|callie|addison|karev|cuddy|foreman|taub|kutner|beckett|esposito|lanie|alexis'.replace(
    /(?<=^|\|)(\w)/g,
    (letter) => `[${letter.toUpperCase()}${letter}]`,
  )

/** Who is not introduced cannot be known: a capital inside a sentence is a name, but for a few words that always have one. */
export const noNames: ForbiddenText = {
  in: 'both',
  pattern: new RegExp(
    `(?<!\\p{L})(?:${SHOW_NAMES})(?!\\p{L})|${/(?<=[\p{Ll},;:]\s)(?!(?:I|I'm|I've|I'll|I'd|TV|TVs|DVD|CD|Christmas|Halloween|Thanksgiving|Easter|American|English|French|German|Italian|Spanish|Chinese|Japanese|Mexican|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|June|July|August|September|October|November|December)(?!\p{L}))\p{Lu}\p{Ll}+(?!\p{L})/u.source}`,
    'u',
  ),
  rule: 'name',
  reason: 'it names somebody; say who it is by how the person looks, such as "the woman in the red coat"',
}

/** Said of every task, so that an answer can be checked against what is seen. */
export const AS_IF_SEEN =
  'Write as somebody who looks at the visuals themselves: never mention captions, annotations, boxes or any other text that you were given. Ask only what can be answered with certainty from what you were given, and never make anything up.'

/** Said where there are clips. */
export const NO_CLOCK =
  'Never write time stamps, seconds or frame numbers; say "at first", "then", "after that" or name what happened before.'
