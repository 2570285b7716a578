/* A process of its own (ask.ts): what CUDA's driver and NVRTC say. */
import { type CudaNative, cudaNative } from '../../gpudev/drivers/cuda/native.js';
import type { Answer, CudaAnswer, CudaDevice } from './answers.js';

async function ask(): Promise<CudaAnswer> {
  const native = cudaNative();
  if (typeof native === 'string') return { devices: { failure: native } };
  return { devices: { answer: await devices(native) }, compiler: compiler(native) };
}

/** All of them: those too old for warpline's driver too. */
async function devices(native: CudaNative): Promise<CudaDevice[]> {
  const found: CudaDevice[] = [];
  for (let index = 0; index < native.deviceCount(); index++) {
    const { name, bus, memory, major, minor, dmaBuf } = native.deviceInfo(index);
    const facts = { index, name, bus: bus.toLowerCase(), memory, architecture: 10 * major + minor };
    found.push({ ...facts, dmaBuf: dmaBuf === 1, ...(await opened(index)) });
  }
  return found;
}

/** What only an open GPU tells; warpline's own driver cannot be loaded without the DPDK addon. */
async function opened(index: number): Promise<Pick<CudaDevice, 'opens' | 'cpuMappable'>> {
  try {
    const { cudaDriver } = await import('../../gpudev/drivers/cuda/driver.js');
    if (!cudaDriver.probe().some((gpu) => gpu.index === index)) return {};
    const gpu = await cudaDriver.open(index);
    const { cpuMappable } = gpu.info;
    await gpu.close();
    return { opens: { answer: true }, cpuMappable };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return code === 'NATIVE_MISSING' ? {} : { opens: { failure: message } };
  }
}

function compiler(native: CudaNative): Answer<string> {
  const missing = native.compilerLoad();
  return missing === '' ? { answer: native.compilerVersion() } : { failure: missing };
}

process.stdout.write(`${JSON.stringify({ answer: await ask() })}\n`);
// Whatever threads the library has left.
process.exit(0);
