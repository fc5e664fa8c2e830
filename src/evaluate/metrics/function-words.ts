// Words of English that carry grammar rather than content, which METEOR 1.5 counts a third as much. It takes them from word
// counts of a corpus; this is a list by kind: articles, pronouns, prepositions, conjunctions, auxiliaries and the commonest
// adverbs, with the pieces that contractions come apart into.

const WORDS = `
a an the this that these those some any no every each all both either neither another other such same own
i me my mine we us our ours you your yours he him his she her hers it its they them their theirs
who whom whose which what there one
of in on at by for with from to into onto about as over after before between through during under against among
within without toward towards upon around near off out up down above below behind beside across along until since while
and or but nor so if because than though although when where how why then
be am is are was were been being have has had having do does did will would shall should can could may might must ca wo
not n't 's 'm 'd 'll 're 've
also very just too only still now here more most much many even again yet
`

/** English function words, in small letters. */
export const FUNCTION_WORDS: ReadonlySet<string> = new Set(WORDS.trim().split(/\s+/))
