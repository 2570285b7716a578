/* The CUDA runtime, as far as kernels use it, is built into NVRTC. */
