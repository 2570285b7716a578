/* Vulkan, for the memory it maps (vulkan-memory.c): the library, the GPU that is CUDA's, a device. */
#include <dlfcn.h>

#include "shim.h"
#include "vulkan.h"

static const struct { VkResult result; const char *name; } result_names[] = {
	{ -1, "VK_ERROR_OUT_OF_HOST_MEMORY" },	 { -2, "VK_ERROR_OUT_OF_DEVICE_MEMORY" },
	{ -3, "VK_ERROR_INITIALIZATION_FAILED" }, { -4, "VK_ERROR_DEVICE_LOST" },
	{ -5, "VK_ERROR_MEMORY_MAP_FAILED" },	 { -7, "VK_ERROR_EXTENSION_NOT_PRESENT" },
	{ -9, "VK_ERROR_INCOMPATIBLE_DRIVER" },	 { -10, "VK_ERROR_TOO_MANY_OBJECTS" },
};

napi_value throw_vulkan(napi_env env, const char *call, VkResult result)
{
	char message[128], number[24];
	snprintf(number, sizeof(number), "VkResult %d", result);
	const char *name = number;
	for (size_t i = 0; i < sizeof(result_names) / sizeof(result_names[0]); i++)
		if (result_names[i].result == result)
			name = result_names[i].name;
	snprintf(message, sizeof(message), "%s: %s", call, name);
	napi_throw_error(env, NULL, message);
	return NULL;
}

napi_value throw_reason(napi_env env, const char *reason)
{
	napi_throw_error(env, NULL, reason);
	return NULL;
}

/*
 * The function all others are found with: the loader's (libvulkan.so.1), or, with no loader there,
 * that of NVIDIA's driver itself (Vulkan loader and driver interface, version 5).
 */
static VkGetInstanceProcAddr open_library(napi_env env, const char *name)
{
	void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL) {
		throw_reason(env, dlerror());
		return NULL;
	}
	VkGetInstanceProcAddr function;
	*(void **)&function = dlsym(library, "vkGetInstanceProcAddr");
	VkResult (*negotiate)(uint32_t *);
	*(void **)&negotiate = dlsym(library, "vk_icdNegotiateLoaderICDInterfaceVersion");
	uint32_t version = 5;
	if (negotiate != NULL && negotiate(&version) == VK_SUCCESS)
		*(void **)&function = dlsym(library, "vk_icdGetInstanceProcAddr");
	if (function == NULL)
		throw_reason(env, "it is no Vulkan library");
	return function;
}

#define F(name, symbol, result, arguments) v->name = (result(*) arguments)FIND(symbol);
static void find_instance_functions(struct vulkan *v)
{
#define FIND(symbol) v->function(v->instance, symbol)
	VULKAN_INSTANCE(F)
#undef FIND
}

static bool find_device_functions(struct vulkan *v)
{
#define FIND(symbol) v->device_function(v->device, symbol)
	VULKAN_DEVICE(F)
#undef FIND
	return v->allocate != NULL && v->free != NULL && v->map != NULL && v->get_fd != NULL;
}

static VkResult create_instance(struct vulkan *v)
{
	const struct application_info application = {
		.type = APPLICATION_INFO, .name = "warpline", .api_version = VULKAN_1_1,
	};
	const struct instance_create_info create = {
		.type = INSTANCE_CREATE_INFO, .application = &application,
	};
#define FIND(symbol) v->function(NULL, symbol)
	VULKAN_CREATE(F)
#undef FIND
	return v->create_instance(&create, NULL, &v->instance);
}
#undef F

#define GPUS_MAX 64

/* The physical device that is CUDA's. */
static bool find_gpu(struct vulkan *v, CUdevice device)
{
	uint8_t wanted[UUID_BYTES];
	VkPhysicalDevice gpus[GPUS_MAX];
	uint32_t count = GPUS_MAX;
	if (cuda.device_uuid(wanted, device) != CUDA_SUCCESS)
		return false;
	VkResult result = v->enumerate(v->instance, &count, gpus);
	if (result != VK_SUCCESS && result != VK_INCOMPLETE)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		struct id_properties id = { .type = PHYSICAL_DEVICE_ID_PROPERTIES };
		struct properties2 all = { .type = PHYSICAL_DEVICE_PROPERTIES_2, .next = &id };
		v->properties(gpus[i], &all);
		v->physical = gpus[i];
		if (memcmp(id.device_uuid, wanted, UUID_BYTES) == 0)
			return true;
	}
	return false;
}

/* The memory type that both device and CPU use directly. */
static bool find_memory_type(struct vulkan *v)
{
	const uint32_t wanted = DEVICE_LOCAL | HOST_VISIBLE | HOST_COHERENT;
	struct memory_properties memory = { 0 };
	v->memory_properties(v->physical, &memory);
	for (v->memory_type = 0; v->memory_type < memory.type_count; v->memory_type++)
		if ((memory.types[v->memory_type].flags & wanted) == wanted)
			return true;
	return false;
}

/* A device has one queue at the least; no work is ever given to it. */
static VkResult create_device(struct vulkan *v)
{
	const char *const extensions[] = { "VK_KHR_external_memory_fd" };
	const float priority = 0;
	const struct queue_create_info queue = {
		.type = DEVICE_QUEUE_CREATE_INFO, .count = 1, .priorities = &priority,
	};
	const struct device_create_info create = {
		.type = DEVICE_CREATE_INFO,
		.queue_count = 1,
		.queues = &queue,
		.extension_count = 1,
		.extensions = extensions,
	};
	return v->create_device(v->physical, &create, NULL, &v->device);
}

static void close_vulkan(struct vulkan *v)
{
	if (v->device != NULL && v->destroy_device != NULL)
		v->destroy_device(v->device, NULL);
	if (v->instance != NULL && v->destroy_instance != NULL)
		v->destroy_instance(v->instance, NULL);
	free(v);
}

/* An Error says why it is false, as NULL, which all that throw return, is false. */
static bool start(napi_env env, struct vulkan *v, CUdevice device)
{
	VkResult result = create_instance(v);
	if (result != VK_SUCCESS)
		return throw_vulkan(env, "vkCreateInstance", result);
	find_instance_functions(v);
	if (v->properties == NULL)
		return throw_reason(env, "it is older than Vulkan 1.1");
	if (!find_gpu(v, device))
		return throw_reason(env, "it does not know this GPU");
	if (!find_memory_type(v))
		return throw_reason(env, "it has no memory of this GPU that the CPU sees");
	result = create_device(v);
	if (result != VK_SUCCESS)
		return throw_vulkan(env, "vkCreateDevice", result);
	if (!find_device_functions(v))
		return throw_reason(env, "it exports no memory");
	return true;
}

/* vulkanOpen(library, index) → a handle; an Error that says why there is none */
static napi_value vulkan_open(napi_env env, napi_callback_info info)
{
	ARGS(2);
	char *library = arg_text(env, argv[0]);
	VkGetInstanceProcAddr function = open_library(env, library == NULL ? "" : library);
	free(library);
	if (function == NULL)
		return NULL;
	CUdevice device;
	CUresult result = cuda.device_get(&device, arg_int(env, argv[1]));
	if (result != CUDA_SUCCESS)
		return throw_cuda(env, "cuDeviceGet", result);
	struct vulkan *v = calloc(1, sizeof(*v));
	if (v == NULL)
		return throw_reason(env, NO_HOST_MEMORY);
	v->function = function;
	if (start(env, v, device))
		return handle(env, v);
	close_vulkan(v);
	return NULL;
}

/* vulkanClose(handle): everything allocated must have been freed */
static napi_value vulkan_close(napi_env env, napi_callback_info info)
{
	ARGS(1);
	close_vulkan(arg_handle(env, argv[0]));
	return NULL;
}

const struct method vulkan_methods[] = {
	{ "vulkanOpen", vulkan_open },
	{ "vulkanClose", vulkan_close },
	{ NULL, NULL },
};
