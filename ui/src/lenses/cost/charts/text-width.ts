/** About how wide texts are in a drawing, where nothing measures them: Korean letters are wider. */
const WIDE_FROM = "\u1100";
const WIDE = 1.8;

export function textWidth(text: string, letterPixels: number): number {
  return [...text].reduce((sum, it) => sum + (it >= WIDE_FROM ? WIDE : 1) * letterPixels, 0);
}

/** As much of a text as fits; nothing when that would be a letter or two. */
export function fittedText(text: string, pixels: number, letterPixels: number): string {
  if (textWidth(text, letterPixels) <= pixels) {
    return text;
  }
  const letters = [...text];
  let length = letters.length;
  while (
    length > 0 &&
    textWidth(letters.slice(0, length).join(""), letterPixels) > pixels - letterPixels
  ) {
    length -= 1;
  }
  return length < 2 ? "" : `${letters.slice(0, length).join("").trimEnd()}…`;
}
