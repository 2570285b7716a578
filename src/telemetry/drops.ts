/**
 * Every reason for which a packet that was received is not sent, registered by name. The code that
 * drops counts it under that name; `rx.packets = tx.packets + Σ dropped` holds at the end of any run.
 */
export const dropReasons = {
  tx_full: 'the port took no more before the drain limit of a stopping run',
  no_payload_mbuf: 'with --header-split: the pool in GPU memory had no mbuf for the payload',
  kernel_error: 'the kernel marked the item ERROR',
  device_lost: 'in flight when the GPU was lost',
  aborted: 'in flight when the run was given up',
} as const;

export type DropReason = keyof typeof dropReasons;

export const DROP_REASONS = Object.keys(dropReasons) as DropReason[];
