// Patterns of personal data: addresses of mail and machines, telephone numbers, cards and accounts. Numbers with a check
// digit are checked, so that a house number is no card. What was found is not repeated in the reason, which is stored. Digits
// may be of any script, and what nobody sees between them hides nothing.
import { isIP } from 'node:net'
import { plainDigits } from '../../text/digits.js'
import { type FilterKind, type Objection, sidesOf } from './filter.js'

interface Kind {
  readonly rule: string
  readonly what: string
  readonly pattern: RegExp
  /** @default anything that has the pattern */
  readonly isOne?: (text: string) => boolean
}

const KINDS: readonly Kind[] = [
  {
    rule: 'email',
    what: 'an address of mail',
    pattern:
      /[\p{L}\p{N}._%+-]{1,64} ?(?:@|[([]at[)\]]) ?[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){0,4} ?(?:\.|[([](?:dot|\.)[)\]]) ?\p{L}{2,24}/giu,
  },
  {
    rule: 'iban',
    what: 'an account number',
    pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/g,
    isOne: isIban,
  },
  { rule: 'card', what: 'a card number', pattern: /\b\d(?:[ -]?\d){12,18}\b/g, isOne: isCard },
  {
    rule: 'social-security',
    what: 'a social security number',
    pattern: /\b(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}\b/g,
  },
  {
    rule: 'phone',
    what: 'a telephone number',
    // With a country code, with an area code in brackets, or as North America writes them.
    pattern:
      /(?<![\p{L}\p{N}.])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){1,5}|\(\d{2,5}\) ?\d{3,4}[ .-]?\d{3,5}|(?:1[ .-])?\d{3}[.-]\d{3}[.-]\d{4}|0\d{2,4}[ /-]\d{3,4}[ -]?\d{3,5})(?![\p{L}\p{N}])/gu,
    isOne: (text) => {
      const digits = text.replace(/\D/g, '').length
      return digits >= 8 && digits <= 15
    },
  },
  {
    rule: 'ip',
    what: 'an address of a machine',
    pattern: /(?<![\w:.])(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f]{0,4}(?::[\da-f]{0,4}){2,7})(?![\w:]|\.\d)/gi,
    isOne: isAddress,
  },
]

/** The filter. */
export const personalData: FilterKind = {
  title: 'personal data: mail, telephone, cards, accounts, addresses of machines',
  create: () => ({
    judge: (pair) =>
      sidesOf(pair).flatMap(([side, text]) =>
        personalDataIn(text).map(({ rule, what }) => drop(rule, `The ${side} has ${what}.`)),
      ),
  }),
}

/** Characters without a width. */
const UNSEEN = /[\u00ad\u200b-\u200f\u2060\ufeff]/g

/** The kinds of personal data in a text, each once. */
function personalDataIn(text: string): readonly Pick<Kind, 'rule' | 'what'>[] {
  const found: Kind[] = []
  let rest = plainDigits(text.normalize('NFKC').replace(UNSEEN, ''))
  for (const kind of KINDS) {
    // What is an account is not a card and a telephone too.
    rest = rest.replace(kind.pattern, (match) => {
      if (kind.isOne?.(match) === false) return match
      if (!found.includes(kind)) found.push(kind)
      return ' '
    })
  }
  return found
}

const drop = (rule: string, reason: string): Objection => ({ action: 'drop', rule, reason })

/** 13 to 19 digits with the check digit of Luhn (ISO/IEC 7812-1), not all the same. */
function isCard(text: string): boolean {
  const digits = text.replace(/\D/g, '')
  if (digits.length < 13 || digits.length > 19 || new Set(digits).size === 1) return false
  const sum = [...digits].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 === 0 ? 1 : 2)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}

/** Check digits of ISO 13616: the number that the letters and digits make is 1 modulo 97. */
function isIban(text: string): boolean {
  const plain = text.replaceAll(' ', '')
  if (plain.length < 15 || plain.length > 34) return false
  const moved = plain.slice(4) + plain.slice(0, 4)
  let rest = 0
  for (const character of moved) {
    for (const digit of String(Number.parseInt(character, 36))) rest = (rest * 10 + Number(digit)) % 97
  }
  return rest === 1
}

/** IPv6 needs a letter or a double colon, or a time of day would be one; unspecified addresses and masks belong to nobody. */
function isAddress(text: string): boolean {
  if (isIP(text) === 4) return !/^(?:0|127|255)\./.test(text)
  return isIP(text) === 6 && /[a-f]|\d::|::\d/i.test(text) && text.length > 6
}
