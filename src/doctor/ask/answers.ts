/** What a library answered, or why it did not. */
export type Answer<T> = { readonly answer: T } | { readonly failure: string };

export interface DpdkAnswer {
  /** 22.11.11 */
  readonly version: string;
  /** Files of the port drivers it has loaded. */
  readonly libraries: readonly string[];
}

export interface CudaDevice {
  readonly index: number;
  readonly name: string;
  /** 0000:17:00.0 */
  readonly bus: string;
  /** Bytes. */
  readonly memory: number;
  /** 90 for compute capability 9.0. */
  readonly architecture: number;
  /** CU_DEVICE_ATTRIBUTE_DMA_BUF_SUPPORTED */
  readonly dmaBuf: boolean;
  /** Whether warpline opens it; absent where nobody tried. */
  readonly opens?: Answer<true>;
  /** Whether warpline can map its memory for the CPU (`GpuInfo.cpuMappable`), where it can tell. */
  readonly cpuMappable?: boolean;
}

export interface CudaAnswer {
  readonly devices: Answer<readonly CudaDevice[]>;
  /** NVRTC's version: 13.0. Without a driver nobody looked for it. */
  readonly compiler?: Answer<string>;
}

/** What the libraries of a machine say; a recording may hold it beside the files. */
export interface Answers {
  readonly dpdk?: Answer<DpdkAnswer>;
  readonly cuda?: CudaAnswer;
}
