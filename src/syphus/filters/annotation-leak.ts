// Whoever looks at a picture sees no caption, no box and no coordinates: texts that speak of them give away what they were
// made from, and teach a model to see what is not there.
import { type FilterKind, type PatternRule, patternFilter } from './filter.js'

const SOURCE = `(?:captions?|annotations?|bounding[ -]box(?:es)?|sentences?|narrations?|transcripts?|metadata|tags?|descriptions? (?:given|provided|above)|(?:given|provided|above) (?:descriptions?|text|context|information|details)|(?:text|context|information|details) (?:given|provided|above)|prompt)`
const SAYS = `(?:say|says|said|mentions?|mentioned|states?|stated|describes?|described|indicates?|indicated|suggests?|suggested|tells?|notes?|specif(?:y|ies|ied)|lists?|provides?|provided|reads?)`
const BY = `(?:according to|based on|as (?:mentioned|described|stated|indicated|noted|given|specified|provided) (?:in|by)|from|mentioned in|described in|stated in|given in|judging by)`

const RULES: readonly PatternRule[] = [
  {
    rule: 'source-mentioned',
    finds: 'speaks of what it was made from',
    pattern: new RegExp(
      [
        String.raw`\b${BY} (?:the|this|these|those|your|its|a|each|all)? ?(?:\w+ ){0,2}${SOURCE}\b`,
        String.raw`\b(?:the|this|these|those|first|second|third|each|all) (?:\w+ ){0,2}${SOURCE}(?: \w+){0,2} ${SAYS}\b`,
        String.raw`\b(?:in|of|by) the (?:caption|annotation|bounding box|transcript|metadata|prompt)s?\b`,
        '(?:根据|依据|按照)(?:所给|提供|给出|上述)?的?(?:描述|标注|说明文字|字幕|边界框)|(?:描述|标注|说明文字)(?:中|里)?(?:提到|说|指出|显示)',
        '(?:キャプション|アノテーション|注釈|説明文|バウンディングボックス)(?:に|で|による|から|は)',
        String.raw`\bsegún (?:la|el|las|los) (?:descripci[óo]n|leyenda|anotaci[óo]n|pie de foto|texto)|\b(?:laut|gemäß) (?:der|dem|den) (?:Bildunterschrift|Beschreibung|Annotation|Text)|\b(?:selon|d'après) (?:la|le|les) (?:légende|description|annotation|texte)`,
        '(?:설명|캡션|주석)(?:에 따르면|에서는|에 의하면)|(?:وفقًا|وفقا|بحسب|حسب) (?:لل)?(?:وصف|تعليق|الوصف|التعليق|النص)',
      ].join('|'),
      'iu',
    ),
  },
  {
    rule: 'box-mentioned',
    finds: 'speaks of boxes or coordinates',
    pattern:
      /\bbounding[ -]?box(?:es)?\b|\b(?:pixel |box |normali[sz]ed |image )?coordinates?\b(?= (?:of|are|is|\(|\[|\d)|[:.,;)])|边界框|邊界框|バウンディングボックス|cuadro delimitador|Begrenzungsrahmen|boîte englobante|경계 상자|مربع الإحاطة/iu,
  },
  {
    rule: 'coordinates',
    finds: 'has coordinates',
    pattern:
      /[[(]\s*-?\d*[.]?\d+\s*,\s*-?\d*[.]?\d+(?:\s*,\s*-?\d*[.]?\d+){0,2}\s*[\])]|\b0?\.\d{2,}\s*,\s*0?\.\d{2,}|\b[xy]\s*=\s*-?\d/iu,
  },
  {
    rule: 'id-mentioned',
    finds: 'has the id of a file',
    pattern:
      /\b[\w-]+\.(?:jpe?g|png|webp|gif|mp4|avi|mov)\b|\b(?:image|picture|video|media)[ _]id\b|\b\d{12}\b|\bscene\d{4}_\d{2}\b/iu,
  },
]

/** The filter. */
export const annotationLeak: FilterKind = {
  title: 'captions, boxes, coordinates and file names that are spoken of',
  create: () => patternFilter(RULES),
}
