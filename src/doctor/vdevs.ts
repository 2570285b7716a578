import { modprobe } from './advice.js';
import type { Machine } from './machine.js';
import { cannot, capable, lacking, type Usable, unknown, worst } from './usable.js';

/** A kind of port that needs no card, and the devargs of one. */
export interface Vdev {
  readonly plugin: string;
  readonly devargs: string;
  readonly what: string;
  /** What there is to say when it works. */
  readonly works: string;
  /** What it takes beside its driver; undefined: nothing is lacking. */
  needs?(machine: Machine): Usable | undefined;
}

/** A new kind is an entry here. Their arguments are in DPDK's NIC guides, a page each. */
export const VDEVS: readonly Vdev[] = [
  {
    plugin: 'net_null',
    devargs: 'net_null0,size=64',
    what: 'makes frames out of nothing, and drops what is sent',
    works: 'no privileges',
  },
  {
    plugin: 'net_ring',
    devargs: 'net_ring0',
    what: 'gives back what is sent to it',
    works: 'no privileges',
  },
  {
    plugin: 'net_pcap',
    devargs: 'net_pcap0,rx_pcap=in.pcap,tx_pcap=out.pcap',
    what: 'reads one capture and writes another (--in and --out do the same)',
    works: 'no privileges',
  },
  {
    plugin: 'net_memif',
    devargs: 'net_memif0,role=server,socket=/tmp/w.sock,socket-abstract=no',
    what: 'shared memory with another process: testpmd, VPP',
    works: 'no privileges',
  },
  {
    plugin: 'net_vhost',
    devargs: 'net_vhost0,iface=/tmp/vhost.sock',
    what: 'a virtual machine’s or virtio-user’s other end',
    works: 'no privileges',
  },
  {
    plugin: 'net_virtio',
    devargs: 'net_virtio_user0,path=/tmp/vhost.sock',
    what: 'the end of a vhost port of another process',
    works: 'its peer is there',
    // It connects when it is opened, and is refused without one.
    needs: () =>
      lacking('its peer must have made that socket before', [
        'warpline l2fwd --port net_vhost0,iface=/tmp/vhost.sock &',
      ]),
  },
  {
    plugin: 'net_tap',
    devargs: 'net_tap0,iface=warp0',
    what: 'makes an interface of the kernel’s',
    works: 'the interface goes with the run',
    needs: (machine) =>
      worst(
        [
          tunDevice(machine),
          capable(machine.process.has('NET_ADMIN'), 'CAP_NET_ADMIN', 'making an interface takes'),
        ],
        undefined,
      ),
  },
  {
    plugin: 'net_af_xdp',
    devargs: 'net_af_xdp0,iface=IFACE',
    what: 'an interface of the kernel’s, past its network stack',
    works: 'takes the frames from the kernel',
    needs: ({ process, kernel }) =>
      worst(
        [
          kernel.config('XDP_SOCKETS') === false
            ? cannot('this kernel was built without AF_XDP (CONFIG_XDP_SOCKETS)')
            : undefined,
          capable(process.has('NET_RAW'), 'CAP_NET_RAW', 'its sockets take'),
          capable(process.has('NET_ADMIN'), 'CAP_NET_ADMIN', 'loading its program takes'),
        ],
        // Kernels and drivers refuse its sockets for reasons that no file tells.
        unknown('only opening one tells whether kernel and driver allow it'),
      ),
  },
];

function tunDevice(machine: Machine): Usable | undefined {
  const { tree } = machine;
  if (tree.open('/dev/net/tun')) return undefined;
  if (tree.has('/dev/net/tun'))
    return lacking('/dev/net/tun may not be opened', ['sudo warpline …']);
  return lacking('there is no /dev/net/tun', modprobe(machine, 'tun'));
}
