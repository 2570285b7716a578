/*
 * GDRCopy: device memory mapped for the CPU by a kernel module, gdrdrv. Its library is opened at
 * first use. Prototypes: include/gdrapi.h of GDRCopy 2. Not run on hardware.
 */
#include <dlfcn.h>
#include <pthread.h>

#include "shim.h"

typedef struct gdr *gdr_t;
/* gdr_mh_t, a struct of one unsigned long, which is passed as that long (System V ABI, x86-64) */
typedef unsigned long gdr_handle;

/* name here, symbol, result, arguments */
#define GDR_FUNCTIONS(F)                                                                           \
	F(open, "gdr_open", gdr_t, (void))                                                         \
	F(close, "gdr_close", int, (gdr_t))                                                        \
	F(pin, "gdr_pin_buffer", int,                                                              \
	  (gdr_t, unsigned long, size_t, uint64_t, uint32_t, gdr_handle *))                        \
	F(unpin, "gdr_unpin_buffer", int, (gdr_t, gdr_handle))                                     \
	F(map, "gdr_map", int, (gdr_t, gdr_handle, void **, size_t))                               \
	F(unmap, "gdr_unmap", int, (gdr_t, gdr_handle, void *, size_t))

static struct {
#define F(name, symbol, result, arguments) result(*name) arguments;
	GDR_FUNCTIONS(F)
#undef F
} gdr;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char missing[256];

static void load(void)
{
	void *library = dlopen("libgdrapi.so.2", RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		library = dlopen("libgdrapi.so", RTLD_NOW | RTLD_LOCAL);
	if (library == NULL) {
		snprintf(missing, sizeof(missing), "libgdrapi.so.2 is not there");
		return;
	}
#define F(name, symbol, result, arguments)                                                         \
	*(void **)&gdr.name = dlsym(library, symbol);                                              \
	if (gdr.name == NULL) {                                                                    \
		snprintf(missing, sizeof(missing), "libgdrapi has no %s", symbol);                 \
		return;                                                                            \
	}
	GDR_FUNCTIONS(F)
#undef F
}

/* gdrOpen() → a connection to gdrdrv; an Error that says why there is none */
static napi_value gdr_open(napi_env env, napi_callback_info info)
{
	(void)info;
	pthread_once(&once, load);
	gdr_t connection = missing[0] == 0 ? gdr.open() : NULL;
	if (connection != NULL)
		return handle(env, connection);
	const char *reason = missing[0] == 0 ? "gdr_open fails: is the module gdrdrv loaded?" : missing;
	napi_throw_error(env, NULL, reason);
	return NULL;
}

/* gdrClose(connection) */
static napi_value gdr_close(napi_env env, napi_callback_info info)
{
	ARGS(1);
	gdr.close(arg_handle(env, argv[0]));
	return NULL;
}

static napi_value throw_gdr(napi_env env, const char *call, int error)
{
	char message[128];
	snprintf(message, sizeof(message), "%s: %s", call, strerror(error));
	napi_throw_error(env, NULL, message);
	return NULL;
}

/* gdrMap(connection, address, bytes) → { cpu, pin }: whole pages of 64 KiB of device memory */
static napi_value gdr_map(napi_env env, napi_callback_info info)
{
	ARGS(3);
	gdr_t connection = arg_handle(env, argv[0]);
	size_t bytes = arg_u64(env, argv[2]);
	gdr_handle pin;
	int error = gdr.pin(connection, arg_u64(env, argv[1]), bytes, 0, 0, &pin);
	if (error != 0)
		return throw_gdr(env, "gdr_pin_buffer", error);
	void *cpu;
	error = gdr.map(connection, pin, &cpu, bytes);
	if (error != 0) {
		gdr.unpin(connection, pin);
		return throw_gdr(env, "gdr_map", error);
	}
	napi_value object;
	napi_create_object(env, &object);
	set(env, object, "cpu", handle(env, cpu));
	set(env, object, "pin", number(env, (double)pin));
	return object;
}

/* gdrUnmap(connection, cpu, bytes, pin) */
static napi_value gdr_unmap(napi_env env, napi_callback_info info)
{
	ARGS(4);
	gdr_t connection = arg_handle(env, argv[0]);
	gdr_handle pin = arg_u64(env, argv[3]);
	gdr.unmap(connection, pin, arg_handle(env, argv[1]), arg_u64(env, argv[2]));
	gdr.unpin(connection, pin);
	return NULL;
}

const struct method gdrcopy_methods[] = {
	{ "gdrOpen", gdr_open },
	{ "gdrClose", gdr_close },
	{ "gdrMap", gdr_map },
	{ "gdrUnmap", gdr_unmap },
	{ NULL, NULL },
};
