import { fail } from '../errors.js';
import type { CaptureInfo } from './capture.js';

/** RTE_PKTMBUF_HEADROOM: what the PMD, as built by default, leaves free in the first segment. */
export const MBUF_HEADROOM = 128;

/** RTE_MBUF_DEFAULT_BUF_SIZE: an mbuf's data room, headroom included, unless told otherwise. */
export const DEFAULT_DATA_ROOM = 2048 + MBUF_HEADROOM;

/**
 * The longest frame net_pcap writes whole from a chain of mbufs: its TX side gathers a chain in a
 * buffer of RTE_ETHER_MAX_JUMBO_FRAME_LEN bytes and cuts off the rest (pcap_ethdev.c,
 * eth_pcap_tx_dumper). A frame in a single mbuf it writes whole at any length.
 */
export const LONGEST_CHAINED_FRAME = 0x3f00;

/**
 * The longest frame that net_pcap can both receive and write whole. A data room is a u16, headroom
 * included, so that no single mbuf it fills holds more. (Beyond 65,535 it is worse: its RX side
 * counts in u16, and what it chains together is shorter than the mbuf says.)
 */
export const LONGEST_REPLAYED_FRAME = 0xffff - MBUF_HEADROOM;

/** How many mbufs net_pcap fills for one frame (pcap_ethdev.c, eth_pcap_rx_jumbo). */
export function segmentsOf(length: number, dataRoom: number): number {
  const first = Math.max(0, dataRoom - MBUF_HEADROOM);
  return length <= first ? 1 : 1 + Math.ceil((length - first) / dataRoom);
}

/**
 * Mbufs of `dataRoom` bytes (headroom included) that a capture's frames take: `total` for all of
 * them together, `most` for any one. net_pcap drops a frame it finds no mbufs for, so a pool has
 * room for `most` times the frames in flight, or for `total`.
 */
export function segments(info: CaptureInfo, dataRoom: number): { total: number; most: number } {
  let total = 0;
  for (const [length, count] of info.lengths) total += count * segmentsOf(length, dataRoom);
  return { total, most: info.frames === 0 ? 0 : segmentsOf(info.maxLength, dataRoom) };
}

/**
 * The data room (bytes, headroom included) with which net_pcap delivers and writes every frame of
 * a capture whole: DPDK's default where chains will do, else one that holds the longest frame in
 * one mbuf.
 * @throws INPUT_UNSUPPORTED where there is none.
 */
export function dataRoomFor(info: CaptureInfo): number {
  refuseUnreplayable(info);
  if (info.maxLength <= LONGEST_CHAINED_FRAME) return DEFAULT_DATA_ROOM;
  return info.maxLength + MBUF_HEADROOM;
}

/**
 * Refuses, with INPUT_UNSUPPORTED, a capture with a frame that net_pcap would cut or garble.
 * Frames of no bytes at all it delivers and writes like any other.
 */
export function refuseUnreplayable(info: CaptureInfo): void {
  if (info.maxLength <= LONGEST_REPLAYED_FRAME) return;
  fail('INPUT_UNSUPPORTED', {
    file: info.file,
    reason:
      `frame ${info.longestFrame} is ${info.maxLength} bytes long, ` +
      `and net_pcap cuts or garbles those above ${LONGEST_REPLAYED_FRAME}`,
    advice: `Cut its frames first, with "editcap -s ${LONGEST_REPLAYED_FRAME}"`,
  });
}
