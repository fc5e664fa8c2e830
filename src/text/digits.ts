// Digits of other scripts: Arabic, Persian, Devanagari and full-width.

/** The digits zero of the scripts that write numbers of their own. */
const ZEROS = [0x0660, 0x06f0, 0x0966, 0xff10]

/** A text with digits of other scripts as ASCII. */
export function plainDigits(text: string): string {
  return text.replace(/[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\uff10-\uff19]/g, (digit) => {
    const code = digit.charCodeAt(0)
    return String(code - ZEROS.findLast((zero) => zero <= code)!)
  })
}
