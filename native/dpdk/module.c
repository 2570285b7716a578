/* The addon's entry: hangs every function of the shim on `exports`, in any number of threads. */
#include <stdio.h>
#include "shim.h"

NAPI_MODULE_INIT()
{
	export_all(env, exports, memory_methods);
	export_all(env, exports, eal_methods);
	export_all(env, exports, lcore_methods);
	export_all(env, exports, mempool_methods);
	export_all(env, exports, port_methods);
	export_all(env, exports, ring_methods);
	export_all(env, exports, burst_methods);
	export_all(env, exports, gate_methods);
	export_all(env, exports, landing_methods);
	export_all(env, exports, parcel_methods);
	export_all(env, exports, twins_methods);
	export_all(env, exports, split_methods);
	napi_add_env_cleanup_hook(env, lcore_forget, NULL);
	return exports;
}
