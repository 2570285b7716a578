/* The CUDA driver: finding it, its devices and its contexts. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "shim.h"

struct cuda cuda;

static pthread_once_t once = PTHREAD_ONCE_INIT;
/* Why there is no driver to work with; empty when there is one. */
static char missing[256];

static void load(void)
{
	void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
	if (library == NULL) {
		snprintf(missing, sizeof(missing), "%s", dlerror());
		return;
	}
	const struct { const char *symbol; size_t offset; } symbols[] = {
#define F(name, symbol, arguments) { symbol, offsetof(struct cuda, name) },
		CUDA_FUNCTIONS(F)
#undef F
	};
	struct cuda found;
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *address = dlsym(library, symbols[i].symbol);
		if (address == NULL) {
			snprintf(missing, sizeof(missing), "its driver is too old: it has no %s",
				 symbols[i].symbol);
			return;
		}
		memcpy((char *)&found + symbols[i].offset, &address, sizeof(address));
	}
	/*
	 * A module loaded lazily would wait for a persistent kernel to end (CUDA C++ Programming Guide,
	 * lazy loading), and streams that share a connection wait for each other: a stream that waits
	 * for a value must hold up nobody. Both are read by cuInit.
	 */
	setenv("CUDA_MODULE_LOADING", "EAGER", 1);
	setenv("CUDA_DEVICE_MAX_CONNECTIONS", "32", 0);
	CUresult result = found.init(0);
	const char *name = NULL;
	if (result == CUDA_SUCCESS)
		cuda = found;
	else if (found.error_name(result, &name) == CUDA_SUCCESS && name != NULL)
		snprintf(missing, sizeof(missing), "cuInit: %s", name);
	else
		snprintf(missing, sizeof(missing), "cuInit: error %d", result);
}

/* cudaLoad() → why CUDA cannot be used here, empty when it can. Call it before anything else. */
static napi_value cuda_load(napi_env env, napi_callback_info info)
{
	(void)info;
	pthread_once(&once, load);
	return text(env, missing);
}

static const char *result_name(CUresult result)
{
	const char *name = NULL;
	if (cuda.error_name == NULL || cuda.error_name(result, &name) != CUDA_SUCCESS || name == NULL)
		return "an unknown error";
	return name;
}

napi_value throw_cuda(napi_env env, const char *what, CUresult result)
{
	char code[16], message[256];
	snprintf(code, sizeof(code), "%d", result);
	snprintf(message, sizeof(message), "%s: %s", what, result_name(result));
	napi_throw_error(env, code, message);
	return NULL;
}

/* resultName(result) → "CUDA_ERROR_…: what that means" */
static napi_value cuda_result_name(napi_env env, napi_callback_info info)
{
	ARGS(1);
	CUresult result = arg_int(env, argv[0]);
	const char *meaning = NULL;
	char message[512];
	if (cuda.error_string == NULL || cuda.error_string(result, &meaning) != CUDA_SUCCESS ||
	    meaning == NULL)
		snprintf(message, sizeof(message), "%s %d", result_name(result), result);
	else
		snprintf(message, sizeof(message), "%s (%s)", result_name(result), meaning);
	return text(env, message);
}

/* deviceCount() */
static napi_value device_count(napi_env env, napi_callback_info info)
{
	(void)info;
	int count = 0;
	if (cuda.device_count(&count) != CUDA_SUCCESS)
		count = 0;
	return number(env, count);
}

/* CUdevice_attribute */
enum { PROCESSORS = 16, THREADS_PER_PROCESSOR = 39, MAJOR = 75, MINOR = 76, DMA_BUF = 124 };

/* deviceInfo(index) → { name, bus, memory, processors, threads, major, minor, dmaBuf } */
static napi_value device_info(napi_env env, napi_callback_info info)
{
	ARGS(1);
	CUdevice device;
	CUresult result = cuda.device_get(&device, arg_int(env, argv[0]));
	if (result != CUDA_SUCCESS)
		return throw_cuda(env, "cuDeviceGet", result);
	char name[256] = "", bus[32] = "";
	size_t memory = 0;
	cuda.device_name(name, sizeof(name), device);
	cuda.device_bus(bus, sizeof(bus), device);
	cuda.device_memory(&memory, device);
	napi_value object;
	napi_create_object(env, &object);
	set(env, object, "name", text(env, name));
	set(env, object, "bus", text(env, bus));
	set(env, object, "memory", number(env, (double)memory));
	const struct { const char *key; int attribute; } attributes[] = {
		{ "processors", PROCESSORS }, { "threads", THREADS_PER_PROCESSOR },
		{ "major", MAJOR }, { "minor", MINOR }, { "dmaBuf", DMA_BUF },
	};
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		int value = 0;
		cuda.device_attribute(&value, attributes[i].attribute, device);
		set(env, object, attributes[i].key, number(env, value));
	}
	return object;
}

/* Contexts that are open. */
static atomic_int open_contexts;

/*
 * A process that ends while a kernel runs which does not end: what libcuda and others do at exit
 * could wait for it. Ending there and then lets the kernel driver close the GPU's files, which ends
 * what runs there, as after a SIGKILL. on_exit(3): the last registered is called first.
 */
static void leave(int status, void *unused)
{
	(void)unused;
	if (open_contexts > 0)
		_exit(status);
}

/* contextCreate(index) → a context of its own, current in this thread */
static napi_value context_create(napi_env env, napi_callback_info info)
{
	ARGS(1);
	CUdevice device;
	CUcontext context;
	CUresult result = cuda.device_get(&device, arg_int(env, argv[0]));
	if (result == CUDA_SUCCESS)
		result = cuda.context_create(&context, 0, device);
	if (result != CUDA_SUCCESS)
		return throw_cuda(env, "cuCtxCreate", result);
	if (open_contexts++ == 0)
		on_exit(leave, NULL);
	return handle(env, context);
}

/* contextDestroy(context) → CUresult */
static napi_value context_destroy(napi_env env, napi_callback_info info)
{
	ARGS(1);
	open_contexts--;
	return number(env, cuda.context_destroy(arg_handle(env, argv[0])));
}

/* contextUse(context) → CUresult; makes it this thread's */
static napi_value context_use(napi_env env, napi_callback_info info)
{
	ARGS(1);
	return number(env, cuda.context_use(arg_handle(env, argv[0])));
}

const struct method library_methods[] = {
	{ "cudaLoad", cuda_load },
	{ "resultName", cuda_result_name },
	{ "deviceCount", device_count },
	{ "deviceInfo", device_info },
	{ "contextCreate", context_create },
	{ "contextDestroy", context_destroy },
	{ "contextUse", context_use },
	{ NULL, NULL },
};
