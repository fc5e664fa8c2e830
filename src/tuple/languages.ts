// The eight languages of MIMIC-IT (paper, section 3.1).

/** BCP 47 tags of the languages of the paper, with their English names. */
export const languages: Readonly<Record<string, string>> = {
  en: 'English',
  zh: 'Chinese',
  es: 'Spanish',
  ja: 'Japanese',
  fr: 'French',
  de: 'German',
  ko: 'Korean',
  ar: 'Arabic',
}

/** Whether a string has the form of a BCP 47 language tag (`en`, `zh-Hant`, `pt-BR`); other languages are welcome. */
export function isLanguageTag(tag: string): boolean {
  return /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(tag)
}
