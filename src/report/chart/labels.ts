/** About how wide text is, rather too wide: the fonts of readers differ. */
export function textWidth(text: string, size = 12): number {
  const wide = (text.match(/[mwMW]/g) ?? []).length;
  const capitals = (text.match(/[A-LN-VX-Z]/g) ?? []).length;
  return size * (0.62 * text.length + 0.35 * wide + 0.12 * capitals);
}

/**
 * Places for labels that want to stand at `wanted` without touching: at least `gap` apart, between
 * `from` and `to`, as near as may be. In the order of `wanted`.
 */
export function spreadOut(
  wanted: readonly number[],
  gap: number,
  from: number,
  to: number,
): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]);
  // Where there is no room for all, they stand closer.
  const step = Math.min(gap, (to - from) / Math.max(1, wanted.length - 1));
  const groups: { labels: number[]; top: number }[] = [];
  for (const i of order) {
    groups.push({ labels: [i], top: 0 });
    settle(groups, wanted, step, from, to);
  }
  const places: number[] = [];
  for (const { labels, top } of groups) {
    for (const [k, i] of labels.entries()) places[i] = top + k * step;
  }
  return places;
}

interface Group {
  labels: number[];
  top: number;
}

/** Places the last group around its mean; one that then touches the one before joins it. */
function settle(
  groups: Group[],
  wanted: readonly number[],
  step: number,
  from: number,
  to: number,
): void {
  for (;;) {
    const last = groups[groups.length - 1];
    const height = (last.labels.length - 1) * step;
    const mean = last.labels.reduce((sum, i) => sum + wanted[i], 0) / last.labels.length;
    last.top = Math.max(from, Math.min(to - height, mean - height / 2));
    const before = groups[groups.length - 2];
    if (before === undefined || before.top + before.labels.length * step <= last.top + 1e-9) return;
    before.labels.push(...last.labels);
    groups.pop();
  }
}

/** Text in lines of at most `width` units, broken between words. */
export function wrapped(text: string, width: number, size = 12): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines[lines.length - 1]} ${word}`;
    if (lines.length > 0 && textWidth(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
