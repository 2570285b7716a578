/* Device memory, and host memory the device may reach. */
#include "shim.h"

#define REGISTER_PORTABLE 1
#define REGISTER_DEVICEMAP 2

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
	result = cuda.memory_clear(address, 0, bytes, stream);
	while (result == CUDA_SUCCESS && (result = cuda.stream_query(stream)) == CUDA_ERROR_NOT_READY)
		result = CUDA_SUCCESS;
	if (result != CUDA_SUCCESS) {
		cuda.memory_free(address);
		return throw_cuda(env, "cuMemsetD8Async", result);
	}
	return number(env, (double)address);
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

const struct method memory_methods[] = {
	{ "allocate", memory_allocate },
	{ "free", memory_free },
	{ "freeMemory", memory_left },
	{ "register", host_register },
	{ "unregister", host_unregister },
	{ NULL, NULL },
};
