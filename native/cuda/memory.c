/* Device memory, and host memory the device may reach. */
#include <immintrin.h>

#include "shim.h"

#define REGISTER_PORTABLE 1
#define REGISTER_DEVICEMAP 2

/* Zeroes device memory with the help of an idle stream. */
static CUresult clear(CUdeviceptr address, size_t bytes, CUstream stream)
{
	CUresult result = cuda.memory_clear(address, 0, bytes, stream);
	while (result == CUDA_SUCCESS && (result = cuda.stream_query(stream)) == CUDA_ERROR_NOT_READY)
		result = CUDA_SUCCESS;
	return result;
}

/* allocate(bytes, stream) → device address; zeroed with the help of an idle stream */
static napi_value memory_allocate(napi_env env, napi_callback_info info)
{
	ARGS(2);
	size_t bytes = arg_u64(env, argv[0]);
	CUstream stream = arg_handle(env, argv[1]);
	CUdeviceptr address = 0;
	CUresult result = cuda.memory_allocate(&address, bytes);
	if (result != CUDA_SUCCESS)
		return throw_cuda(env, "cuMemAlloc", result);
	result = clear(address, bytes, stream);
	if (result != CUDA_SUCCESS) {
		cuda.memory_free(address);
		return throw_cuda(env, "cuMemsetD8Async", result);
	}
	return number(env, (double)address);
}

/* clear(address, bytes, stream) → CUresult: zeroes device memory with the help of an idle stream */
static napi_value memory_clear(napi_env env, napi_callback_info info)
{
	ARGS(3);
	return number(env, clear(arg_u64(env, argv[0]), arg_u64(env, argv[1]),
				 arg_handle(env, argv[2])));
}

/* free(address) → CUresult */
static napi_value memory_free(napi_env env, napi_callback_info info)
{
	ARGS(1);
	return number(env, cuda.memory_free(arg_u64(env, argv[0])));
}

/* freeMemory() → bytes of device memory nobody has taken */
static napi_value memory_left(napi_env env, napi_callback_info info)
{
	(void)info;
	size_t left = 0, total = 0;
	cuda.memory_info(&left, &total);
	return number(env, (double)left);
}

/* register(address, bytes) → the address at which kernels see that host memory */
static napi_value host_register(napi_env env, napi_callback_info info)
{
	ARGS(2);
	void *memory = arg_handle(env, argv[0]);
	CUresult result = cuda.host_register(memory, arg_u64(env, argv[1]),
					     REGISTER_PORTABLE | REGISTER_DEVICEMAP);
	if (result != CUDA_SUCCESS)
		return throw_cuda(env, "cuMemHostRegister", result);
	CUdeviceptr seen = 0;
	result = cuda.host_address(&seen, memory, 0);
	if (result != CUDA_SUCCESS) {
		cuda.host_unregister(memory);
		return throw_cuda(env, "cuMemHostGetDevicePointer", result);
	}
	return number(env, (double)seen);
}

/* unregister(address) → CUresult */
static napi_value host_unregister(napi_env env, napi_callback_info info)
{
	ARGS(1);
	return number(env, cuda.host_unregister(arg_handle(env, argv[0])));
}

/*
 * storeFence(): mapped device memory is write-combined: what the CPU stored there leaves its buffers
 * before what it stores next (Intel SDM, volume 3, "Memory Cache Control").
 */
static napi_value store_fence(napi_env env, napi_callback_info info)
{
	(void)env;
	(void)info;
	_mm_sfence();
	return NULL;
}

const struct method memory_methods[] = {
	{ "allocate", memory_allocate },
	{ "clear", memory_clear },
	{ "free", memory_free },
	{ "freeMemory", memory_left },
	{ "register", host_register },
	{ "unregister", host_unregister },
	{ "storeFence", store_fence },
	{ NULL, NULL },
};
