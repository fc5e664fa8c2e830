// Refusals, and phrases of a chat that say nothing about the visuals. A refusal is looked for where it stands: at the
// beginning of an answer, or wherever a model speaks of itself as one; a person in a picture may well be sorry.
import { type FilterKind, type PatternRule, patternFilter } from './filter.js'

const RULES: readonly PatternRule[] = [
  {
    rule: 'speaks-as-model',
    finds: 'speaks as a language model',
    pattern:
      /\bas an? (?:AI|artificial intelligence|(?:large )?language model)\b|\b(?:I am|I'm) (?:just |only )?an? (?:AI|language model|text-based)\b|作为(?:一个|一名)?(?:AI|人工智能|语言模型)|(?:AI|人工知能|言語モデル)(?:として|なので|ですので)|como (?:una? )?(?:IA|modelo de lenguaje|inteligencia artificial)|als (?:ein )?(?:KI|Sprachmodell|KI-Sprachmodell)\b|en tant qu(?:e modèle de langage|'IA|'intelligence artificielle)|(?:AI|인공지능|언어 모델)(?:로서|이므로|이라서)|(?:كنموذج لغوي|بصفتي نموذج|كذكاء اصطناعي)/iu,
  },
  {
    rule: 'refusal',
    in: 'response',
    finds: 'refuses to answer',
    pattern:
      /^\W*(?:(?:I am|I'm) (?:(?:very|so|really) )?sorry|(?:my )?apologies|I apologi[sz]e|sorry)[,.]? (?:but|I |the |this |it )|^\W*(?:unfortunately,? )?I (?:cannot|can't|can not|am unable to|am not able to|won't|will not|do not have|don't have) (?:\w+ ){0,2}(?:help|assist|provide|answer|comply|fulfil|generate|create|see|view|access|identify|the ability|access|enough|information)|^(?:抱歉|对不起|很抱歉|對不起|我无法|我無法|我不能)|^(?:申し訳(?:ありません|ございません)|すみませんが|お答えできません)|^\W*(?:lo siento|lamento|disculpe)\b.{0,12}(?:pero|no puedo)|^\W*(?:es tut mir leid|entschuldigung|leider kann ich)|^\W*(?:(?:je suis )?désolée?|je ne peux pas|je m'excuse)|^(?:죄송하지만|죄송합니다|미안하지만)|^(?:عذرًا|عذراً|آسف|أعتذر|لا يمكنني|لا أستطيع)/iu,
  },
  {
    rule: 'no-answer',
    in: 'response',
    action: 'warn',
    finds: 'answers nothing',
    pattern:
      /\b(?:is|are|was|were)(?: not|n't) (?:mentioned|specified|stated|provided|given|clear|known|possible to (?:determine|tell|say|know))\b|\b(?:cannot|can't|can not|could not) be (?:determined|inferred|known|said)\b|\b(?:no|not enough|insufficient) information\b|\bunable to determine\b/iu,
  },
  {
    rule: 'chat',
    finds: 'has a phrase of a chat',
    pattern:
      /\b(?:I )?hope (?:this|that|it) helps\b|\blet me know if\b|\bfeel free to (?:ask|let)\b|^\W*(?:sure|certainly|of course|absolutely)[!,.] (?:here|I can|I'd|let)\b|^\W*here (?:are|is) (?:the|some|an?|two|three|\d+|your) (?:\w+ ){0,4}(?:questions?|answers?|pairs?|conversations?|examples?)\b|\bis there anything else (?:I|you)\b|希望(?:这|這|对你|能)|お役に立て|espero que (?:esto|te) (?:ayude|sirva)|ich hoffe, das hilft|j'espère que cela|도움이 되(?:었으면|길|셨)|آمل أن (?:يساعد|يكون هذا)/iu,
  },
  {
    rule: 'placeholder',
    finds: 'has a place to be filled in',
    pattern:
      /\[(?:insert|your|name|object|color|colour|question|answer|person)[^\]]*\]|<(?:question|answer|insert)[^>]*>|\blorem ipsum\b|\b(?:TODO|TBD|N\/A)\b/iu,
  },
]

/** The filter. */
export const refusal: FilterKind = {
  title: 'refusals and phrases of a chat',
  create: () => patternFilter(RULES),
}
