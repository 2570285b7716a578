import { freeFresh } from '../../dpdk/landing-turn.js';
import type { CommList } from '../../gpudev/comm-list.js';
import { windowAt } from '../../memory/memory.js';
import { native } from '../../memory/native.js';
import { Ledger } from '../../methods/ledger.js';
import type { PathShare } from '../../methods/path.js';
import { PathWords } from '../../methods/path-words.js';
import { twinsOf, type UnloadShare } from '../../methods/unloading.js';
import type { DropReason } from '../../telemetry/drops.js';
import { Tally } from '../../telemetry/tally.js';

/**
 * After all lcores have ended: gives back every mbuf that is still in a comm list, and counts it as
 * dropped. After a run that drained there is none; after one that was given up this is what was in
 * flight, whatever moment it ended at.
 */
export function sweep(list: CommList, share: PathShare, reason: DropReason): number {
  const window = windowAt(share.arena.address, share.arena.bytes);
  const ledger = new Ledger(window, share.ledger);
  const words = new PathWords(window, share.words);
  const { item: first, underWay, open } = words;
  let packets = 0;
  for (let n = 0; n < underWay + (open ? 1 : 0); n++) {
    const item = (first + n) % list.items;
    const sent = ledger.sent(item);
    const left = ledger.count(item) - sent;
    if (left > 0) native.mbufFree(list.mbufsAddress(item) + sent * 8, left);
    list.setCount(item, 0);
    packets += Math.max(left, 0);
  }
  if (share.unload !== undefined) freeTwins(list, share.unload);
  if (share.landing !== undefined) freeFresh(share.landing);
  words.open = false;
  words.free(words.handed, (first + underWay) % list.items);
  if (packets !== 0) new Tally(window, share.txTally).drop(reason, packets);
  return packets;
}

/** Twins that have not taken over are no packets: their frames are in the items still. */
function freeTwins(list: CommList, share: UnloadShare): void {
  const { address, count } = twinsOf(list, share);
  native.mbufFree(address, count);
  const at = address - share.host;
  windowAt(share.host, at + 8 * count).u8.fill(0, at, at + 8 * count);
}
