/** A trace in Chrome's format: two lcores, the items of a list, a kernel that does not end. */
export function sampleTrace(): { traceEvents: object[] } {
  const named = (pid: number, tid: number, name: string) => [
    { ph: 'M', pid, tid, name: 'thread_name', args: { name } },
    { ph: 'M', pid, tid, name: 'thread_sort_index', args: { sort_index: tid } },
  ];
  const events: object[] = [
    { ph: 'M', pid: 1, name: 'process_name', args: { name: 'warpline, figures made up' } },
    ...named(1, 1, 'RX lcore'),
    ...named(1, 2, 'GPU: persistent'),
    ...named(1, 3, 'TX lcore'),
    { ph: 'X', pid: 1, tid: 2, name: 'persistent kernel', ts: 0, dur: 4000 },
  ];
  for (let n = 0; n < 300; n++) {
    const at = 10 + n * 12;
    const item = { pid: 1, cat: 'list items', id: n % 16 };
    events.push(
      { ph: 'X', pid: 1, tid: 1, name: 'receive', ts: at, dur: 4 },
      { ph: 'b', ...item, name: `item ${n % 16}`, ts: at + 4 },
      { ph: 'e', ...item, name: `item ${n % 16}`, ts: at + 21 + (n % 5) },
      { ph: 'X', pid: 1, tid: 3, name: 'send', ts: at + 26, dur: 3 },
    );
  }
  return { traceEvents: events };
}
