import { type Dpdk, type DpdkDriver, driverOf } from './dpdk.js';
import type { NetInterface } from './interfaces.js';
import type { PciDevice } from './pci.js';

const NETWORK = 0x02;
const MELLANOX = 0x15b3;

/** A network card (a function of one) on the PCI bus. */
export interface NicFacts {
  readonly pci: PciDevice;
  /** What the DPDK here drives it with; undefined where it has nothing for it. */
  readonly dpdk?: DpdkDriver;
  /** Its interfaces, while the kernel's driver has it. */
  readonly interfaces: readonly NetInterface[];
  /** ConnectX and BlueField of NVIDIA (Mellanox): their DMA can reach GPU memory. */
  readonly mlx5: boolean;
}

export function findNics(
  pci: readonly PciDevice[],
  interfaces: readonly NetInterface[],
  dpdk: Dpdk,
): NicFacts[] {
  return pci
    .filter(({ kind }) => kind >> 8 === NETWORK)
    .map((device) => {
      const driver = driverOf(dpdk, device);
      return {
        pci: device,
        dpdk: driver,
        interfaces: interfaces.filter((each) => each.pci === device.address),
        mlx5: isMlx5(device, driver),
      };
    });
}

/** Where no DPDK says which driver it is: ConnectX-4 and later begin at 0x1013 (mlx5's guide). */
function isMlx5({ vendor, device }: PciDevice, driver: DpdkDriver | undefined): boolean {
  if (vendor !== MELLANOX) return false;
  return driver === undefined ? device >= 0x1013 : driver.plugin === 'net_mlx5';
}

/** `0000:3b:00.0 (ens1f0)` */
export function nicName({ pci, interfaces }: NicFacts): string {
  const names = interfaces.map(({ name }) => name).join(', ');
  return names === '' ? pci.address : `${pci.address} (${names})`;
}
