/*
 * A process of its own (ask.ts): starts DPDK and says what it has. Without a PCI scan: nobody's
 * card is touched.
 */
import { readFileSync } from 'node:fs';
import type { Answer, DpdkAnswer } from './answers.js';

async function ask(): Promise<Answer<DpdkAnswer>> {
  try {
    const { Eal } = await import('../../dpdk/eal.js');
    Eal.start({ memoryMb: 64 });
    const version = Eal.version.replace(/^DPDK /, '');
    // As plugins or, in a bundle, as parts of the addon: what is mapped is what there is.
    const mapped = readFileSync('/proc/self/maps', 'utf8').matchAll(/\/\S*librte_net_\S*/g);
    const libraries = [...new Set([...mapped].map(([file]) => file))];
    Eal.stop();
    return { answer: { version, libraries } };
  } catch (error) {
    return { failure: (error as Error).message };
  }
}

process.stdout.write(`${JSON.stringify(await ask())}\n`);
// Whatever threads the library has left.
process.exit(0);
