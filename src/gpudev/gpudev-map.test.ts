import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { catalogue } from '../errors.js';

const map = readFileSync(new URL('../../docs/gpudev.md', import.meta.url), 'utf8');

function headerPath(): string {
  try {
    const options = ['--variable=includedir', 'libdpdk'];
    const folder = execFileSync('pkg-config', options, { encoding: 'utf8' }).trim();
    return [`${folder}/dpdk/rte_gpudev.h`, `${folder}/rte_gpudev.h`].find(existsSync) ?? '';
  } catch {
    return '';
  }
}

describe('docs/gpudev.md', () => {
  const header = headerPath();
  const skip = header === '' ? 'rte_gpudev.h is not installed' : false;

  it('names every function, macro and constant of rte_gpudev.h', { skip }, () => {
    const text = readFileSync(header, 'utf8').replace(/\/\*.*?\*\//gs, '');
    const functions = text.match(/\brte_gpu_\w+(?=\()/g) ?? [];
    const macros = [...text.matchAll(/#define (RTE_GPU_\w+)/g)].map(([, name]) => name);
    assert.ok(functions.length > 20 && macros.length >= 8);
    // "`RTE_GPU_ID_NONE`, `_ANY`" names both.
    const named = (name: string) =>
      map.includes(`\`${name}`) || map.includes(`\`${name.replace(/^.*(?=_)/, '')}\``);
    assert.deepEqual(
      [...functions, ...macros].filter((name) => !named(name)),
      [],
    );
  });

  it('names codes that the catalogue has', () => {
    const codes = map.match(/`[A-Z]+(_[A-Z]+)+`/g) ?? [];
    const ours = codes.map((code) => code.slice(1, -1)).filter((code) => !code.startsWith('RTE_'));
    const others = ['ANY_DATA', 'DEFAULT_MAX', 'ID_ANY', 'ID_NONE', 'MAX_PACKETS'];
    assert.ok(ours.length > 40);
    assert.deepEqual(
      ours.filter((code) => !(code in catalogue) && !others.includes(code)),
      [],
    );
  });
});
