/* The addon's entry: hangs every function of the shim on `exports`, in any number of threads. */
#include "shim.h"

NAPI_MODULE_INIT()
{
	export_all(env, exports, library_methods);
	export_all(env, exports, memory_methods);
	export_all(env, exports, stream_methods);
	export_all(env, exports, graph_methods);
	export_all(env, exports, compiler_methods);
	export_all(env, exports, gdrcopy_methods);
	export_all(env, exports, vulkan_methods);
	export_all(env, exports, vulkan_memory_methods);
	return exports;
}
