/* The addon's entry: hangs every function of the shim on `exports`, in any number of threads. */
#include <stdio.h>
#include "shim.h"

static void export_all(napi_env env, napi_value exports, const struct method *m)
{
	for (; m->name != NULL; m++) {
		napi_value f;
		napi_create_function(env, m->name, NAPI_AUTO_LENGTH, m->call, NULL, &f);
		set(env, exports, m->name, f);
	}
}

NAPI_MODULE_INIT()
{
	export_all(env, exports, memory_methods);
	export_all(env, exports, eal_methods);
	export_all(env, exports, lcore_methods);
	export_all(env, exports, mempool_methods);
	export_all(env, exports, port_methods);
	export_all(env, exports, ring_methods);
	export_all(env, exports, burst_methods);
	export_all(env, exports, parcel_methods);
	export_all(env, exports, twins_methods);
	napi_add_env_cleanup_hook(env, lcore_forget, NULL);
	return exports;
}
