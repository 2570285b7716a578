/*
 * Common ground of the CUDA shim: the driver API as this shim uses it. No CUDA header is needed to build it and no CUDA library to load it: libcuda.so.1 is
 * opened at first use. Types, constants and prototypes are those of the CUDA Driver API reference
 * (stable ABI since CUDA 11.7; the symbols' _v2 endings are part of it).
 *
 * Like native/dpdk it is a translation, not a program. Calls of the data plane return the CUresult;
 * the others throw an Error whose `code` is that number.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../napi.h"

typedef int CUresult;
typedef int CUdevice;
typedef uint64_t CUdeviceptr;
typedef struct CUctx_st *CUcontext;
typedef struct CUmod_st *CUmodule;
typedef struct CUfunc_st *CUfunction;
typedef struct CUstream_st *CUstream;
typedef struct CUevent_st *CUevent;
typedef struct CUgraph_st *CUgraph;
typedef struct CUgraphNode_st *CUgraphNode;
typedef struct CUgraphExec_st *CUgraphExec;
typedef struct CUextMemory_st *CUexternalMemory;

#define CUDA_SUCCESS 0
#define CUDA_ERROR_INVALID_VALUE 1
#define CUDA_ERROR_NOT_READY 600

/* Kernels take at most so many arguments, 64 bits each (src/gpudev/driver.ts). */
#define KERNEL_ARGS 8

struct kernel_node {
	CUfunction function;
	unsigned grid[3], block[3], shared;
	void **params, **extra;
};

/* CUstreamBatchMemOpParams: wait value and write value have one shape, padded to 48 bytes. */
struct mem_op {
	int operation;
	CUdeviceptr address;
	uint64_t value;
	unsigned flags;
	CUdeviceptr alias;
	uint64_t pad;
};
#define WAIT_VALUE_32 1
#define WRITE_VALUE_32 2

struct mem_op_node {
	CUcontext context;
	unsigned count;
	struct mem_op *ops;
	unsigned flags;
};

/* CUDA_MEMCPY3D, of which a copy of bytes uses few members. */
struct copy_node {
	size_t from_at[4];
	int from_type;
	const void *from_host;
	CUdeviceptr from;
	void *from_array, *reserved0;
	size_t from_pitch, from_height;
	size_t to_at[4];
	int to_type;
	void *to_host;
	CUdeviceptr to;
	void *to_array, *reserved1;
	size_t to_pitch, to_height;
	size_t width, height, depth;
};
#define MEMORY_UNIFIED 4

/* CUDA_EXTERNAL_MEMORY_HANDLE_DESC; of its union the file descriptor alone. */
struct external_memory {
	int type;
	union {
		int fd;
		uint64_t widest[2];
	} handle;
	unsigned long long size;
	unsigned flags, reserved[16];
};
#define EXTERNAL_OPAQUE_FD 1

/* CUDA_EXTERNAL_MEMORY_BUFFER_DESC */
struct external_buffer {
	unsigned long long offset, size;
	unsigned flags, reserved[16];
};

/* name here, symbol, arguments */
#define CUDA_FUNCTIONS(F)                                                                          \
	F(init, "cuInit", (unsigned))                                                              \
	F(error_name, "cuGetErrorName", (CUresult, const char **))                                 \
	F(error_string, "cuGetErrorString", (CUresult, const char **))                             \
	F(device_count, "cuDeviceGetCount", (int *))                                               \
	F(device_get, "cuDeviceGet", (CUdevice *, int))                                            \
	F(device_name, "cuDeviceGetName", (char *, int, CUdevice))                                 \
	F(device_memory, "cuDeviceTotalMem_v2", (size_t *, CUdevice))                              \
	F(device_attribute, "cuDeviceGetAttribute", (int *, int, CUdevice))                        \
	F(device_bus, "cuDeviceGetPCIBusId", (char *, int, CUdevice))                              \
	F(device_uuid, "cuDeviceGetUuid_v2", (uint8_t *, CUdevice))                                \
	F(context_create, "cuCtxCreate_v2", (CUcontext *, unsigned, CUdevice))                     \
	F(context_destroy, "cuCtxDestroy_v2", (CUcontext))                                         \
	F(context_use, "cuCtxSetCurrent", (CUcontext))                                             \
	F(memory_info, "cuMemGetInfo_v2", (size_t *, size_t *))                                    \
	F(memory_allocate, "cuMemAlloc_v2", (CUdeviceptr *, size_t))                               \
	F(memory_free, "cuMemFree_v2", (CUdeviceptr))                                              \
	F(memory_clear, "cuMemsetD8Async", (CUdeviceptr, unsigned char, size_t, CUstream))         \
	F(external_import, "cuImportExternalMemory",                                               \
	  (CUexternalMemory *, const struct external_memory *))                                    \
	F(external_map, "cuExternalMemoryGetMappedBuffer",                                         \
	  (CUdeviceptr *, CUexternalMemory, const struct external_buffer *))                       \
	F(external_destroy, "cuDestroyExternalMemory", (CUexternalMemory))                         \
	F(host_register, "cuMemHostRegister_v2", (void *, size_t, unsigned))                       \
	F(host_address, "cuMemHostGetDevicePointer_v2", (CUdeviceptr *, void *, unsigned))         \
	F(host_unregister, "cuMemHostUnregister", (void *))                                        \
	F(module_load, "cuModuleLoadDataEx", (CUmodule *, const void *, unsigned, int *, void **)) \
	F(module_function, "cuModuleGetFunction", (CUfunction *, CUmodule, const char *))          \
	F(module_of, "cuFuncGetModule", (CUmodule *, CUfunction))                                  \
	F(module_unload, "cuModuleUnload", (CUmodule))                                             \
	F(stream_create, "cuStreamCreate", (CUstream *, unsigned))                                 \
	F(stream_destroy, "cuStreamDestroy_v2", (CUstream))                                        \
	F(stream_query, "cuStreamQuery", (CUstream))                                               \
	F(stream_wait, "cuStreamWaitValue32_v2", (CUstream, CUdeviceptr, uint32_t, unsigned))      \
	F(stream_write, "cuStreamWriteValue32_v2", (CUstream, CUdeviceptr, uint32_t, unsigned))    \
	F(stream_batch, "cuStreamBatchMemOp_v2", (CUstream, unsigned, struct mem_op *, unsigned))  \
	F(launch, "cuLaunchKernel",                                                                \
	  (CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,       \
	   CUstream, void **, void **))                                                            \
	F(copy, "cuMemcpyAsync", (CUdeviceptr, CUdeviceptr, size_t, CUstream))                     \
	F(event_create, "cuEventCreate", (CUevent *, unsigned))                                    \
	F(event_destroy, "cuEventDestroy_v2", (CUevent))                                           \
	F(event_record, "cuEventRecord", (CUevent, CUstream))                                      \
	F(event_elapsed, "cuEventElapsedTime", (float *, CUevent, CUevent))                        \
	F(graph_create, "cuGraphCreate", (CUgraph *, unsigned))                                    \
	F(graph_destroy, "cuGraphDestroy", (CUgraph))                                              \
	F(graph_kernel, "cuGraphAddKernelNode",                                                    \
	  (CUgraphNode *, CUgraph, const CUgraphNode *, size_t, const struct kernel_node *))       \
	F(graph_mem_op, "cuGraphAddBatchMemOpNode",                                                \
	  (CUgraphNode *, CUgraph, const CUgraphNode *, size_t, const struct mem_op_node *))       \
	F(graph_copy, "cuGraphAddMemcpyNode",                                                      \
	  (CUgraphNode *, CUgraph, const CUgraphNode *, size_t, const struct copy_node *,          \
	   CUcontext))                                                                             \
	F(graph_instantiate, "cuGraphInstantiateWithFlags",                                        \
	  (CUgraphExec *, CUgraph, unsigned long long))                                            \
	F(graph_upload, "cuGraphUpload", (CUgraphExec, CUstream))                                  \
	F(graph_launch, "cuGraphLaunch", (CUgraphExec, CUstream))                                  \
	F(graph_exec_destroy, "cuGraphExecDestroy", (CUgraphExec))

struct cuda {
#define F(name, symbol, arguments) CUresult(*name) arguments;
	CUDA_FUNCTIONS(F)
#undef F
};

/* All NULL until cudaLoad (library.c) has said that the driver is there. */
extern struct cuda cuda;

static inline void *arg_handle(napi_env env, napi_value v) { return (void *)(uintptr_t)arg_u64(env, v); }

/* A string argument in memory to be freed. */
static inline char *arg_text(napi_env env, napi_value v)
{
	size_t length = 0;
	napi_get_value_string_utf8(env, v, NULL, 0, &length);
	char *s = calloc(1, length + 1);
	if (s != NULL)
		napi_get_value_string_utf8(env, v, s, length + 1, &length);
	return s;
}

static inline napi_value handle(napi_env env, const void *p) { return number(env, (double)(uintptr_t)p); }

/* Throws what CUDA said to `what`, with the CUresult as the error's code; returns NULL. */
napi_value throw_cuda(napi_env env, const char *what, CUresult result);

/* The kernel arguments that stand in a Float64Array, each as 64 bits: integers and addresses. */
struct arguments {
	uint64_t values[KERNEL_ARGS];
	void *pointers[KERNEL_ARGS];
};
void read_arguments(napi_env env, napi_value array, struct arguments *out);

extern const struct method library_methods[], memory_methods[], stream_methods[], graph_methods[],
	compiler_methods[], gdrcopy_methods[], vulkan_methods[], vulkan_memory_methods[];
