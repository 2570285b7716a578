/** Numbers as people read them. */

/** `1,234,567` */
export function count(n: number): string {
  return n.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** Four significant digits, but no fewer than the whole ones: `0.01234`, `12.34`, `12,345`. */
export function measure(n: number): string {
  if (!Number.isFinite(n)) return '-';
  if (n === 0) return '0';
  const digits = Math.max(0, Math.min(6, 3 - Math.floor(Math.log10(Math.abs(n)))));
  return n.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** `12 (tx-full 10, oversize 2)`, or `0`. */
export function byReason(counts: Record<string, number>): string {
  const some = Object.entries(counts).filter(([, n]) => n > 0);
  const total = count(some.reduce((sum, [, n]) => sum + n, 0));
  if (some.length === 0) return total;
  return `${total} (${some.map(([reason, n]) => `${reason} ${count(n)}`).join(', ')})`;
}

/** `1 item`, `2 items` */
export function plural(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? '' : 's'}`;
}
