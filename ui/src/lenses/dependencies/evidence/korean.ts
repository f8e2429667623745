/** Korean particles, which follow the sound that a word ends with. */

/** Whether digits, and Latin letters read one by one, end with a consonant in Korean. */
const DIGITS_WITH_FINAL = new Set("013678");
const LETTERS_WITH_FINAL = new Set("lmnr");
const HANGUL_FIRST = 0xac00;
const HANGUL_LAST = 0xd7a3;
const FINALS = 28;

/** Undefined when the sound of the last character is not known, as that of an English word. */
export function endsWithConsonant(word: string): boolean | undefined {
  const last = word.at(-1) ?? "";
  const code = last.charCodeAt(0);
  if (code >= HANGUL_FIRST && code <= HANGUL_LAST) {
    return (code - HANGUL_FIRST) % FINALS !== 0;
  }
  if (/\d/.test(last)) {
    return DIGITS_WITH_FINAL.has(last);
  }
  // A letter alone is read by its name; inside a word nobody can tell.
  if (/[a-z]/i.test(last) && !/[a-z]/i.test(word.at(-2) ?? "")) {
    return LETTERS_WITH_FINAL.has(last.toLowerCase());
  }
  return undefined;
}

function withParticle(word: string, afterConsonant: string, afterVowel: string): string {
  const isConsonant = endsWithConsonant(word);
  const particle =
    isConsonant === undefined
      ? `${afterConsonant}(${afterVowel})`
      : isConsonant
        ? afterConsonant
        : afterVowel;
  return `${word}${particle}`;
}

/** `5053이`, `5032가`, `주문 번호가`. */
export function asSubject(word: string): string {
  return withParticle(word, "이", "가");
}

/** `10초를`, `2분을`. */
export function asObject(word: string): string {
  return withParticle(word, "을", "를");
}
