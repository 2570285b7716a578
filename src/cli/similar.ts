/**
 * The name most like what was typed, if one is near enough that it was probably meant: at most two
 * slips in five letters, a slip being a letter too many, missing, wrong, or swapped with the next
 * (Damerau and Levenshtein's distance, each pair of letters edited once).
 */
export function similar(typed: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let fewest = Infinity;
  for (const name of names) {
    const slips = distance(typed, name);
    if (slips < fewest && slips <= 0.4 * Math.max(typed.length, name.length)) {
      best = name;
      fewest = slips;
    }
  }
  return best;
}

/** ` (did you mean --burst?)`, or nothing. */
export function suggestion(typed: string, names: readonly string[]): string {
  const name = similar(typed, names);
  return name === undefined ? '' : ` (did you mean ${name}?)`;
}

function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  for (let j = 0; j <= b.length; j++) rows[0][j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const wrong = a[i - 1] === b[j - 1] ? 0 : 1;
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + wrong);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
      }
    }
  }
  return rows[a.length][b.length];
}
