// What the model is shown of each language: two pairs about one picture with their translations, written by us. They show
// that marks are those of the language, that numbers stay, and that one thing has one name in both pairs.

type Pairs = readonly (readonly [question: string, answer: string])[]

/** Pairs in each of the languages; the same pairs in all of them. */
export const translationExamples: Readonly<Record<string, Pairs>> = {
  en: [
    [
      'What is the girl in the yellow raincoat doing?',
      'The girl in the yellow raincoat is feeding 4 ducks at the edge of a pond.',
    ],
    [
      'Is the raincoat too large for her?',
      'Yes, the sleeves of the raincoat hang over her hands, so it is probably one or two sizes too large.',
    ],
  ],
  zh: [
    ['穿黄色雨衣的女孩在做什么？', '穿黄色雨衣的女孩正在池塘边喂4只鸭子。'],
    ['这件雨衣对她来说太大了吗？', '是的，雨衣的袖子盖住了她的手，所以可能大了一两个尺码。'],
  ],
  ja: [
    [
      '黄色いレインコートを着た女の子は何をしていますか？',
      '黄色いレインコートを着た女の子は、池のほとりで4羽のアヒルに餌をやっています。',
    ],
    [
      'そのレインコートは彼女には大きすぎますか？',
      'はい、レインコートの袖が手にかぶさっているので、おそらく一つか二つ大きいサイズです。',
    ],
  ],
  es: [
    [
      '¿Qué hace la niña del impermeable amarillo?',
      'La niña del impermeable amarillo está dando de comer a 4 patos al borde de un estanque.',
    ],
    [
      '¿Le queda demasiado grande el impermeable?',
      'Sí, las mangas del impermeable le cubren las manos, así que probablemente es una o dos tallas más grande.',
    ],
  ],
  de: [
    [
      'Was macht das Mädchen im gelben Regenmantel?',
      'Das Mädchen im gelben Regenmantel füttert am Rand eines Teichs 4 Enten.',
    ],
    [
      'Ist ihr der Regenmantel zu groß?',
      'Ja, die Ärmel des Regenmantels hängen ihr über die Hände, also ist er wahrscheinlich ein oder zwei Nummern zu groß.',
    ],
  ],
  fr: [
    [
      "Que fait la fille à l'imperméable jaune ?",
      "La fille à l'imperméable jaune donne à manger à 4 canards au bord d'un étang.",
    ],
    [
      "L'imperméable est-il trop grand pour elle ?",
      "Oui, les manches de l'imperméable lui couvrent les mains, il est donc probablement trop grand d'une ou deux tailles.",
    ],
  ],
  ko: [
    [
      '노란 비옷을 입은 여자아이는 무엇을 하고 있나요?',
      '노란 비옷을 입은 여자아이는 연못가에서 오리 4마리에게 먹이를 주고 있습니다.',
    ],
    ['비옷이 그 아이에게 너무 큰가요?', '네, 비옷의 소매가 손을 덮고 있으므로 아마 한두 치수쯤 클 것입니다.'],
  ],
  ar: [
    ['ماذا تفعل الفتاة ذات المعطف المطري الأصفر؟', 'الفتاة ذات المعطف المطري الأصفر تطعم ٤ بطات على حافة بركة.'],
    [
      'هل المعطف المطري كبير جدًا عليها؟',
      'نعم، أكمام المعطف المطري تتدلى فوق يديها، لذا فهو على الأرجح أكبر بمقاس أو مقاسين.',
    ],
  ],
}
