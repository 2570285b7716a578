import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What libpcap made of a file. */
export interface LibpcapReading {
  /** Why libpcap would not open it. */
  refused?: string;
  /** libpcap's DLT_ number, 1 for Ethernet. */
  dataLink: number;
  /** A frame's captured length and the FNV-1a hash of its bytes. */
  frames: { length: number; hash: number }[];
  /** The error at which reading ended, if not at the file's end. */
  error?: string;
}

const program = String.raw`
#include <pcap.h>
#include <stdio.h>
#include <string.h>
int main(void) {
  static char file[8192];
  char error[PCAP_ERRBUF_SIZE];
  struct pcap_pkthdr *header;
  const u_char *data;
  while (fgets(file, sizeof file, stdin)) {
    file[strcspn(file, "\n")] = 0;
    pcap_t *p = pcap_open_offline(file, error);
    if (!p) { printf("R %s\n", error); continue; }
    printf("D %d\n", pcap_datalink(p));
    int status;
    while ((status = pcap_next_ex(p, &header, &data)) == 1) {
      unsigned hash = 2166136261u;
      for (unsigned i = 0; i < header->caplen; i++) hash = (hash ^ data[i]) * 16777619u;
      printf("F %u %u\n", header->caplen, hash);
    }
    printf("E %s\n", status == PCAP_ERROR ? pcap_geterr(p) : "");
    pcap_close(p);
  }
}
`;

/** FNV-1a over a frame, as the program above computes it. */
export function frameHash(frame: Uint8Array): number {
  let hash = 2166136261;
  for (const byte of frame) hash = Math.imul(hash ^ byte, 16777619);
  return hash >>> 0;
}

/**
 * A reader of captures that is not ours: libpcap itself, through a small C program. Returns why
 * there is none, in words for a skipped test, where it cannot be compiled here.
 */
export function libpcapReader(): ((files: string[]) => LibpcapReading[]) | string {
  const folder = mkdtempSync(join(tmpdir(), 'warpline-libpcap-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const source = join(folder, 'read.c');
  const binary = join(folder, 'read');
  writeFileSync(source, program);
  const built = spawnSync('cc', ['-O1', '-o', binary, source, '-lpcap'], { encoding: 'utf8' });
  if (built.error !== undefined) return 'there is no C compiler (cc)';
  if (built.status !== 0) return 'libpcap-dev is not installed';
  return (files) => {
    const input = files.map((file) => `${file}\n`).join('');
    const output = execFileSync(binary, { input, encoding: 'utf8', maxBuffer: 1 << 28 });
    return parse(output);
  };
}

function parse(output: string): LibpcapReading[] {
  const readings: LibpcapReading[] = [];
  for (const line of output.split('\n')) {
    const rest = line.slice(2);
    if (line.startsWith('R')) readings.push({ refused: rest, dataLink: -1, frames: [] });
    if (line.startsWith('D')) readings.push({ dataLink: Number(rest), frames: [] });
    const reading = readings[readings.length - 1];
    if (line.startsWith('F')) {
      const [length, hash] = rest.split(' ').map(Number);
      reading.frames.push({ length, hash });
    }
    if (line.startsWith('E') && rest !== '') reading.error = rest;
  }
  return readings;
}
