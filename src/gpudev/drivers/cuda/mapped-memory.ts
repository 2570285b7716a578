import { fail } from '../../../errors.js';
import { closeWindow, roundUp } from '../../../memory/memory.js';
import type { Address } from '../../../memory/native.js';
import type { CudaHandle, CudaNative, CudaResult } from './native.js';
import { Result } from './result.js';

/** What GDRCopy maps is whole pages of this size (GPU_PAGE_SIZE, gdrapi.h). */
const PAGE = 65_536;

/**
 * Vulkan's loader, and NVIDIA's driver itself where there is no loader or no description of the
 * driver that the loader finds; the second name needs no X11.
 */
const VULKAN = ['libvulkan.so.1', 'libGLX_nvidia.so.0', 'libEGL_nvidia.so.0'];

/** Device memory and where the CPU sees it. */
interface Piece {
  readonly device: Address;
  readonly cpu: Address;
  free(): CudaResult;
}

/** A way to have such memory: whole pages of it. */
interface Way {
  allocate(bytes: number): Piece;
  close(): void;
}

/**
 * Device memory that the CPU writes through the GPU's BAR. CUDA maps none: GDRCopy does, where its
 * kernel module is loaded, else Vulkan allocates and maps, and CUDA imports. The mapping is
 * write-combined: the CPU writes it at gigabytes a second and reads a word in a microsecond.
 */
export class MappedMemory {
  private readonly pieces = new Map<Address, Piece & { bytes: number }>();
  /** What was found; a text says why there is no way. */
  private found: Way | string | undefined;

  constructor(
    private readonly native: CudaNative,
    private readonly index: number,
    /** A stream that is idle. */
    private readonly service: CudaHandle,
  ) {}

  /** Finding out means to load a graphics driver; it is done once. */
  get available(): boolean {
    return typeof this.way !== 'string';
  }

  /** Zeroed. Errors: CPU_MAPPING, and the driver's. */
  allocate(bytes: number, align: number): Address {
    const { native, way } = this;
    if (typeof way === 'string') return this.refuse(bytes, way, 'ENOTSUP');
    const piece = this.take(way, bytes, roundUp(bytes + align, PAGE));
    const cleared = native.clear(piece.device, bytes + align, this.service);
    if (cleared !== Result.SUCCESS) {
      piece.free();
      throw Object.assign(new Error(native.resultName(cleared)), { code: String(cleared) });
    }
    const device = roundUp(piece.device, Math.max(align, 1));
    const cpu = piece.cpu + device - piece.device;
    this.pieces.set(device, { device, cpu, bytes, free: piece.free });
    return device;
  }

  has(address: Address): boolean {
    return this.pieces.has(address);
  }

  /** Where the CPU sees the allocation that begins there, if it has so many bytes. */
  cpuAddress(address: Address, bytes: number): Address | undefined {
    const piece = this.pieces.get(address);
    return piece === undefined || bytes > piece.bytes ? undefined : piece.cpu;
  }

  free(address: Address): CudaResult {
    const piece = this.pieces.get(address);
    if (piece === undefined) return Result.INVALID_VALUE;
    closeWindow(piece.cpu);
    this.pieces.delete(address);
    return piece.free();
  }

  /** Nothing on the device may use it any more. */
  close(): void {
    for (const address of [...this.pieces.keys()]) this.free(address);
    if (typeof this.found === 'object') this.found.close();
    this.found = 'the device is closed';
  }

  private get way(): Way | string {
    this.found ??= this.find();
    return this.found;
  }

  private find(): Way | string {
    const gdrcopy = attempt(() => proven(this.gdrcopy()));
    if (typeof gdrcopy !== 'string') return gdrcopy;
    const reasons = [`by GDRCopy: ${gdrcopy}`];
    for (const library of VULKAN) {
      const vulkan = attempt(() => proven(this.vulkan(library)));
      if (typeof vulkan !== 'string') return vulkan;
      const reason = vulkan.startsWith(library) ? vulkan : `${library}: ${vulkan}`;
      reasons.push(`by Vulkan: ${reason}`);
    }
    return reasons.join('; ');
  }

  /** Not run on hardware: its module is not on the machines at hand. */
  private gdrcopy(): Way {
    const { native, service } = this;
    const gdr = native.gdrOpen();
    const allocate = (bytes: number): Piece => {
      const given = native.allocate(bytes + PAGE, service);
      const device = roundUp(given, PAGE);
      const mapped = attempt(() => native.gdrMap(gdr, device, bytes));
      if (typeof mapped === 'string') {
        native.free(given);
        throw new Error(mapped);
      }
      const { cpu, pin } = mapped;
      const free = () => {
        native.gdrUnmap(gdr, cpu, bytes, pin);
        return native.free(given);
      };
      return { device, cpu, free };
    };
    return { allocate, close: () => native.gdrClose(gdr) };
  }

  private vulkan(library: string): Way {
    const { native } = this;
    const vulkan = native.vulkanOpen(library, this.index);
    const allocate = (bytes: number): Piece => {
      const { device, cpu, piece } = native.vulkanAllocate(vulkan, bytes);
      return { device, cpu, free: () => native.vulkanFree(vulkan, piece) };
    };
    return { allocate, close: () => native.vulkanClose(vulkan) };
  }

  private take(way: Way, bytes: number, whole: number): Piece {
    try {
      return way.allocate(whole);
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      // CUDA's own results are for the caller to tell apart.
      if (code !== undefined) throw error;
      return this.refuse(bytes, message, 'ENOMEM');
    }
  }

  private refuse(bytes: number, reason: string, errno: string): never {
    fail('CPU_MAPPING', { device: `cuda:${this.index}`, bytes, reason, errno });
  }
}

/** A way that has given a page. It throws what it fails with. */
function proven(way: Way): Way {
  try {
    way.allocate(PAGE).free();
    return way;
  } catch (error) {
    way.close();
    throw error;
  }
}

/** What a call gives, or the message of the Error it throws. */
function attempt<T>(call: () => T): T | string {
  try {
    return call();
  } catch (error) {
    return (error as Error).message;
  }
}
