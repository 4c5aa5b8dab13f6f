// How many SMS parts a text needs, counted as the network counts: the browser's twin of hub/parts.py, and a test holds them alike.
// Source: 3GPP TS 23.038 section 6.2.1; TS 23.040 section 9.2.3.24.

const ONE_SEPTET = new Set(
  "\n\r !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz" +
    "¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ",
);
const TWO_SEPTETS = new Set("\f[\\]^{|}~€");

/**
 * What sending `text` takes. `units` are septets in GSM-7 and UTF-16 units in UCS-2; `left` is what the last part still holds;
 * `costly` are the letters that GSM-7 lacks, each once. A letter is never split between parts.
 */
export function countParts(text) {
  const letters = [...text];
  const costly = [...new Set(letters.filter((letter) => !ONE_SEPTET.has(letter) && !TWO_SEPTETS.has(letter)))];
  const [alone, each] = costly.length ? [70, 67] : [160, 153];
  const size = costly.length ? (letter) => letter.length : (letter) => (TWO_SEPTETS.has(letter) ? 2 : 1);

  let units = 0;
  let parts = 1;
  let filled = 0;
  for (const letter of letters) {
    const needed = size(letter);
    units += needed;
    if (filled + needed > each) {
      parts += 1;
      filled = 0;
    }
    filled += needed;
  }
  if (units <= alone) return { encoding: costly.length ? "ucs2" : "gsm7", units, parts: 1, left: alone - units, costly };
  return { encoding: costly.length ? "ucs2" : "gsm7", units, parts, left: each - filled, costly };
}
