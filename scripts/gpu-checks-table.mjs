// A line for each result in a folder: what was run, its rate, its latency, what was wrong.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const show = (n, digits = 1) => (n === undefined ? '-' : n.toFixed(digits));
for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
  const text = readFileSync(join(folder, file), 'utf8');
  const result =
    text === '' ? { rows: [], error: { code: 'NOTHING', message: '' } } : JSON.parse(text);
  const rows = result.rows ?? [{ ...result, ...flat(result.latencyUs), ...result.verify }];
  for (const row of rows) {
    if (row.trials !== undefined) {
      lossless(file, row);
      continue;
    }
    const { method, memory, burst, frameBytes = '-', pipelines = row.queues, lcores = '-' } = row;
    const { mpps, gbps, mppsMin, mppsMax, checked, wrong } = row;
    const range = mppsMin === undefined ? '' : ` (${show(mppsMin)}-${show(mppsMax)})`;
    const latency = `p50 ${show(row.latencyP50Us)} p99 ${show(row.latencyP99Us)} us`;
    const verified = checked === undefined ? '' : `checked ${checked} wrong ${wrong}`;
    const point = `${method} ${memory} ${burst} ${frameBytes} B x${pipelines} on ${lcores}`;
    const rate = `${show(mpps)}${range} Mpps ${show(gbps, 0)} Gbit/s`;
    const idle = (row.stages ?? [])
      .filter((stage) => stage.idle !== undefined)
      .map((stage) => `${stage.stage} ${Math.round(100 * stage.idle)} %`)
      .join(' ');
    const rest = row.latencyP50Us === undefined ? idle : latency;
    console.log(file.padEnd(30), point.padEnd(40), rate.padEnd(38), rest, verified);
  }
  for (const { measure, memory, blocks, us, itemsPerSecond } of result.floor ?? [])
    console.log(
      file.padEnd(30),
      measure,
      memory,
      `blocks ${blocks}`,
      `${show(us, 2)} us`,
      itemsPerSecond ?? '',
    );
  if (result.error) console.log(file.padEnd(30), result.error.code, result.error.message);
}

/** A search's result, and what stood still in the trials that lost. */
function lossless(file, { method, memory, burst, peakMpps, zeroLossMpps, ratio, trials }) {
  const found = `${show(zeroLossMpps ?? undefined)} of ${show(peakMpps)} Mpps: ${show(ratio ?? undefined, 2)}`;
  console.log(file.padEnd(30), `${method} ${memory} ${burst}`.padEnd(40), found);
  for (const {
    offeredMpps,
    lost,
    lostTo,
    lossySeconds,
    stalls,
    stalledUs,
    preemptions,
  } of trials) {
    const stood = `${stalls ?? '-'} stalls of ${show(stalledUs && stalledUs / 1000)} ms, ${preemptions ?? '-'} preemptions`;
    const why = Object.entries(lostTo ?? {}).map(([reason, n]) => `${reason} ${n}`);
    const when = lost === 0 ? '' : ` (${why.join(', ')}) in ${lossySeconds} s`;
    console.log(
      ''.padEnd(30),
      `  ${show(offeredMpps)} Mpps: ${lost} lost${when}`.padEnd(50),
      stood,
    );
  }
}

function flat(latency) {
  return latency && { latencyP50Us: latency.p50, latencyP99Us: latency.p99 };
}
