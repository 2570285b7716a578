/* Kernels, streams, what is submitted to them, and events. */
#include <sched.h>
#include <time.h>

#include "shim.h"

#define NON_BLOCKING 1
#define JIT_ERROR_LOG 5
#define JIT_ERROR_LOG_BYTES 6

/* loadModule(image, entry) → CUfunction. `image`: a Uint8Array of cubin, or of PTX and a zero. */
static napi_value load_module(napi_env env, napi_callback_info info)
{
	ARGS(2);
	void *image = NULL;
	napi_get_typedarray_info(env, argv[0], NULL, NULL, &image, NULL, NULL);
	char *entry = arg_text(env, argv[1]);
	char log[1024] = "";
	int options[] = { JIT_ERROR_LOG, JIT_ERROR_LOG_BYTES };
	void *values[] = { log, (void *)(uintptr_t)(sizeof(log) - 1) };
	CUmodule module;
	CUfunction function;
	const char *call = "cuModuleLoadDataEx";
	CUresult result = cuda.module_load(&module, image, 2, options, values);
	if (result == CUDA_SUCCESS) {
		call = "cuModuleGetFunction";
		result = cuda.module_function(&function, module, entry == NULL ? "" : entry);
	}
	free(entry);
	if (result != CUDA_SUCCESS) {
		char what[1200];
		snprintf(what, sizeof(what), "%s%s%s", log, log[0] == '\0' ? "" : " ", call);
		return throw_cuda(env, log[0] == '\0' ? call : what, result);
	}
	return handle(env, function);
}

/* unloadModule(kernel) → CUresult; unloads the module that loadModule has taken the kernel from */
static napi_value unload_module(napi_env env, napi_callback_info info)
{
	ARGS(1);
	CUmodule module;
	CUresult result = cuda.module_of(&module, arg_handle(env, argv[0]));
	if (result == CUDA_SUCCESS)
		result = cuda.module_unload(module);
	return number(env, result);
}

/* createStream(): one that does not wait for the default stream */
static napi_value create_stream(napi_env env, napi_callback_info info)
{
	(void)info;
	CUstream stream;
	CUresult result = cuda.stream_create(&stream, NON_BLOCKING);
	if (result != CUDA_SUCCESS)
		return throw_cuda(env, "cuStreamCreate", result);
	return handle(env, stream);
}

/* destroyStream(stream) → CUresult */
static napi_value destroy_stream(napi_env env, napi_callback_info info)
{
	ARGS(1);
	return number(env, cuda.stream_destroy(arg_handle(env, argv[0])));
}

void read_arguments(napi_env env, napi_value array, struct arguments *out)
{
	size_t length = 0;
	double *values = NULL;
	napi_get_typedarray_info(env, array, NULL, &length, (void **)&values, NULL, NULL);
	for (size_t i = 0; i < KERNEL_ARGS; i++) {
		out->values[i] = i < length ? (uint64_t)(int64_t)values[i] : 0;
		out->pointers[i] = &out->values[i];
	}
}

/* launch(stream, function, blocks, threads, args) → CUresult */
static napi_value launch(napi_env env, napi_callback_info info)
{
	ARGS(5);
	struct arguments arguments;
	read_arguments(env, argv[4], &arguments);
	return number(env, cuda.launch(arg_handle(env, argv[1]), arg_u32(env, argv[2]), 1, 1,
				       arg_u32(env, argv[3]), 1, 1, 0, arg_handle(env, argv[0]),
				       arguments.pointers, NULL));
}

/* waitValue(stream, address, value, compare) → CUresult */
static napi_value wait_value(napi_env env, napi_callback_info info)
{
	ARGS(4);
	return number(env, cuda.stream_wait(arg_handle(env, argv[0]), arg_u64(env, argv[1]),
					    arg_u32(env, argv[2]), arg_u32(env, argv[3])));
}

/* writeValue(stream, address, value) → CUresult. Flags 0: earlier writes become visible before. */
static napi_value write_value(napi_env env, napi_callback_info info)
{
	ARGS(3);
	return number(env, cuda.stream_write(arg_handle(env, argv[0]), arg_u64(env, argv[1]),
					     arg_u32(env, argv[2]), 0));
}

/*
 * writeValues(stream, writes, count) → CUresult: `count` (WRITES at most) words, each an address and
 * a value in a Float64Array, in order and in one submission.
 */
#define WRITES 128
static napi_value write_values(napi_env env, napi_callback_info info)
{
	ARGS(3);
	size_t length = 0;
	double *values = NULL;
	napi_get_typedarray_info(env, argv[1], NULL, &length, (void **)&values, NULL, NULL);
	uint32_t count = arg_u32(env, argv[2]);
	if (count > WRITES || 2 * (size_t)count > length)
		return number(env, CUDA_ERROR_INVALID_VALUE);
	struct mem_op ops[WRITES];
	for (uint32_t i = 0; i < count; i++)
		ops[i] = (struct mem_op){
			.operation = WRITE_VALUE_32,
			.address = (CUdeviceptr)values[2 * i],
			.value = (uint32_t)(int64_t)values[2 * i + 1],
		};
	return number(env, cuda.stream_batch(arg_handle(env, argv[0]), count, ops, 0));
}

/* copy(stream, to, from, bytes) → CUresult */
static napi_value copy(napi_env env, napi_callback_info info)
{
	ARGS(4);
	return number(env, cuda.copy(arg_u64(env, argv[1]), arg_u64(env, argv[2]),
				     arg_u64(env, argv[3]), arg_handle(env, argv[0])));
}

/* query(stream) → CUresult: 0 idle, 600 not */
static napi_value query(napi_env env, napi_callback_info info)
{
	ARGS(1);
	return number(env, cuda.stream_query(arg_handle(env, argv[0])));
}

#define SPINS 4096

/*
 * await(stream, milliseconds) → CUresult: returns when the stream is idle, the device is lost, or
 * that time has passed (600). Spins at first, because a launch takes microseconds, then gives way:
 * cuStreamSynchronize knows one manner for a whole context, and no limit.
 */
static napi_value await_stream(napi_env env, napi_callback_info info)
{
	ARGS(2);
	CUstream stream = arg_handle(env, argv[0]);
	double limit = arg_double(env, argv[1]);
	struct timespec start, now;
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (unsigned polls = 0;; polls++) {
		CUresult result = cuda.stream_query(stream);
		if (result != CUDA_ERROR_NOT_READY)
			return number(env, result);
		if (polls < SPINS)
			continue;
		clock_gettime(CLOCK_MONOTONIC, &now);
		double passed = (double)(now.tv_sec - start.tv_sec) * 1e3 +
				(double)(now.tv_nsec - start.tv_nsec) / 1e6;
		if (passed > limit)
			return number(env, result);
		if (polls < 2 * SPINS)
			sched_yield();
		else
			nanosleep(&(struct timespec){ .tv_nsec = 20000 }, NULL);
	}
}

/* createEvent() */
static napi_value create_event(napi_env env, napi_callback_info info)
{
	(void)info;
	CUevent event;
	CUresult result = cuda.event_create(&event, 0);
	if (result != CUDA_SUCCESS)
		return throw_cuda(env, "cuEventCreate", result);
	return handle(env, event);
}

/* destroyEvent(event) → CUresult */
static napi_value destroy_event(napi_env env, napi_callback_info info)
{
	ARGS(1);
	return number(env, cuda.event_destroy(arg_handle(env, argv[0])));
}

/* recordEvent(stream, event) → CUresult */
static napi_value record_event(napi_env env, napi_callback_info info)
{
	ARGS(2);
	return number(env, cuda.event_record(arg_handle(env, argv[1]), arg_handle(env, argv[0])));
}

/* elapsed(from, to) → milliseconds, NaN where one of them was not recorded or not reached */
static napi_value elapsed(napi_env env, napi_callback_info info)
{
	ARGS(2);
	float milliseconds = 0;
	CUresult result =
		cuda.event_elapsed(&milliseconds, arg_handle(env, argv[0]), arg_handle(env, argv[1]));
	return number(env, result == CUDA_SUCCESS ? milliseconds : __builtin_nan(""));
}

const struct method stream_methods[] = {
	{ "loadModule", load_module },
	{ "unloadModule", unload_module },
	{ "createStream", create_stream },
	{ "destroyStream", destroy_stream },
	{ "launch", launch },
	{ "waitValue", wait_value },
	{ "writeValue", write_value },
	{ "writeValues", write_values },
	{ "copy", copy },
	{ "query", query },
	{ "await", await_stream },
	{ "createEvent", create_event },
	{ "destroyEvent", destroy_event },
	{ "recordEvent", record_event },
	{ "elapsed", elapsed },
	{ NULL, NULL },
};
