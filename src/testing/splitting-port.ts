import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Folder } from './capture-folder.js';
import { CHECKOUT, type Ended, run, WARPLINE } from './command-line.js';

/*
 * Stands between warpline and DPDK: lets any port pass for a NIC that splits frames by length into
 * two pools (mlx5), notes what is asked of it, and does it, in an RX callback. So the calls are those
 * that a NIC's driver would get, and frames come as it would bring them.
 */
const SOURCE = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

static struct rte_eth_rxseg_split header, payload;

#define REAL(f) ((typeof(&f))dlsym(RTLD_NEXT, #f))

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
	FILE *file = fopen(getenv("SPLITTING_PORT_NOTES"), "a");
	va_list rest;
	va_start(rest, format);
	vfprintf(file, format, rest);
	va_end(rest);
	fclose(file);
}

static uint16_t cut(uint16_t port, uint16_t queue, struct rte_mbuf **mbufs, uint16_t n,
		    uint16_t most, void *unused)
{
	(void)port, (void)queue, (void)most, (void)unused;
	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *m = mbufs[i], *rest;
		if (m->data_len <= header.length)
			continue;
		rest = rte_pktmbuf_alloc(payload.mp);
		if (rest == NULL)
			abort();
		rest->data_off = payload.offset;
		rest->data_len = m->data_len - header.length;
		memcpy(rte_pktmbuf_mtod(rest, char *),
		       rte_pktmbuf_mtod_offset(m, char *, header.length), rest->data_len);
		m->data_len = header.length;
		m->next = rest;
		m->nb_segs = 2;
	}
	return n;
}

int rte_eth_dev_info_get(uint16_t port, struct rte_eth_dev_info *info)
{
	int rc = REAL(rte_eth_dev_info_get)(port, info);
	info->driver_name = "mlx5_pci";
	info->rx_offload_capa |= RTE_ETH_RX_OFFLOAD_BUFFER_SPLIT;
	info->rx_seg_capa.multi_pools = 1;
	info->rx_seg_capa.max_nseg = 32;
	return rc;
}

int rte_dev_dma_map(struct rte_device *device, void *address, uint64_t iova, size_t bytes)
{
	(void)device;
	note("map %zu %s\\n", bytes, iova == (uintptr_t)address ? "at its address" : "elsewhere");
	return 0;
}

int rte_dev_dma_unmap(struct rte_device *device, void *address, uint64_t iova, size_t bytes)
{
	(void)device, (void)address, (void)iova;
	note("unmap %zu\\n", bytes);
	return 0;
}

int rte_eth_dev_configure(uint16_t port, uint16_t rx, uint16_t tx, const struct rte_eth_conf *asked)
{
	struct rte_eth_conf conf = *asked;
	note("configure split=%d\\n", (conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_BUFFER_SPLIT) != 0);
	conf.rxmode.offloads &= ~RTE_ETH_RX_OFFLOAD_BUFFER_SPLIT;
	return REAL(rte_eth_dev_configure)(port, rx, tx, &conf);
}

int rte_eth_rx_queue_setup(uint16_t port, uint16_t queue, uint16_t descriptors, unsigned socket,
			   const struct rte_eth_rxconf *conf, struct rte_mempool *pool)
{
	if (pool != NULL)
		return REAL(rte_eth_rx_queue_setup)(port, queue, descriptors, socket, conf, pool);
	note("queue %d split=%d segments=%d", queue,
	     (conf->offloads & RTE_ETH_RX_OFFLOAD_BUFFER_SPLIT) != 0, conf->rx_nseg);
	for (int i = 0; i < conf->rx_nseg; i++) {
		const struct rte_eth_rxseg_split *s = &conf->rx_seg[i].split;
		note(" %s:%d+%d/%u", s->mp->name, s->length, s->offset, s->proto_hdr);
	}
	note("\\n");
	header = conf->rx_seg[0].split;
	payload = conf->rx_seg[1].split;
	int rc = REAL(rte_eth_rx_queue_setup)(port, queue, descriptors, socket, NULL, header.mp);
	rte_eth_add_rx_callback(port, queue, cut, NULL);
	return rc;
}
`;

/** How warpline ended whose ports split frames, and what it asked of them, a line a call. */
export interface SplitRun extends Ended {
  notes: string[];
}

/** Runs warpline on ports that split frames; a string, the reason, where they cannot be made. */
export async function withSplittingPorts(
  folder: Folder,
  args: string[],
): Promise<SplitRun | string> {
  // It would be made with this host's DPDK, and a bundle runs with another.
  if (existsSync(join(CHECKOUT, 'commit'))) return 'a bundle has a DPDK of its own';
  const library = join(folder.path, 'splitting-port.so');
  const notes = folder.file('', 'splitting-port.notes');
  try {
    const flags = (what: string) =>
      execFileSync('pkg-config', [what, 'libdpdk'], { encoding: 'utf8' }).trim().split(/\s+/);
    const source = join(folder.path, 'splitting-port.c');
    writeFileSync(source, SOURCE);
    const own = ['-DALLOW_EXPERIMENTAL_API', '-shared', '-fPIC', '-o', library, source];
    execFileSync('cc', [...flags('--cflags'), ...own, ...flags('--libs')], { stdio: 'pipe' });
  } catch (error) {
    return `no C compiler: ${(error as Error).message.split('\n')[0]}`;
  }
  const between = [`LD_PRELOAD=${library}`, `SPLITTING_PORT_NOTES=${notes}`];
  const ended = await run('env', [...between, process.execPath, WARPLINE, ...args]);
  return { ...ended, notes: readFileSync(notes, 'utf8').trim().split('\n') };
}
