/*
 * What this shim needs of Vulkan 1.1: types, constants and prototypes as the specification has them
 * (x86-64), so that no Vulkan header is needed to build.
 */
#pragma once

#include <stdint.h>

typedef int32_t VkResult;
typedef struct VkInstance_T *VkInstance;
typedef struct VkPhysicalDevice_T *VkPhysicalDevice;
typedef struct VkDevice_T *VkDevice;
typedef uint64_t VkDeviceMemory;
typedef void (*VkFunction)(void);
typedef VkFunction (*VkGetInstanceProcAddr)(VkInstance, const char *);

/* VkStructureType, the first member of most structs */
enum {
	APPLICATION_INFO = 0,
	INSTANCE_CREATE_INFO = 1,
	DEVICE_QUEUE_CREATE_INFO = 2,
	DEVICE_CREATE_INFO = 3,
	MEMORY_ALLOCATE_INFO = 5,
	PHYSICAL_DEVICE_PROPERTIES_2 = 1000059001,
	PHYSICAL_DEVICE_ID_PROPERTIES = 1000071004,
	EXPORT_MEMORY_ALLOCATE_INFO = 1000072002,
	MEMORY_GET_FD_INFO = 1000074002,
};

#define VULKAN_1_1 (1u << 22 | 1u << 12)
#define VK_SUCCESS 0
#define VK_INCOMPLETE 5
#define VK_WHOLE_SIZE (~0ull)
#define UUID_BYTES 16
/* VkMemoryPropertyFlagBits */
#define DEVICE_LOCAL 1
#define HOST_VISIBLE 2
#define HOST_COHERENT 4
/* VkExternalMemoryHandleTypeFlagBits */
#define OPAQUE_FD 1

struct application_info {
	int type;
	const void *next;
	const char *name;
	uint32_t version;
	const char *engine;
	uint32_t engine_version, api_version;
};

struct instance_create_info {
	int type;
	const void *next;
	uint32_t flags;
	const struct application_info *application;
	uint32_t layer_count;
	const char *const *layers;
	uint32_t extension_count;
	const char *const *extensions;
};

/* VkPhysicalDeviceIDProperties */
struct id_properties {
	int type;
	void *next;
	uint8_t device_uuid[UUID_BYTES], driver_uuid[UUID_BYTES], luid[8];
	uint32_t node_mask, luid_valid;
};

/* VkPhysicalDeviceProperties2: VkPhysicalDeviceProperties (824 bytes) is only passed over here */
struct properties2 {
	int type;
	void *next;
	uint64_t properties[128];
};

struct memory_properties {
	uint32_t type_count;
	struct { uint32_t flags, heap; } types[32];
	uint32_t heap_count;
	struct { uint64_t bytes; uint32_t flags; } heaps[16];
};

struct queue_create_info {
	int type;
	const void *next;
	uint32_t flags, family, count;
	const float *priorities;
};

struct device_create_info {
	int type;
	const void *next;
	uint32_t flags, queue_count;
	const struct queue_create_info *queues;
	uint32_t layer_count;
	const char *const *layers;
	uint32_t extension_count;
	const char *const *extensions;
	const void *features;
};

struct export_info {
	int type;
	const void *next;
	uint32_t handle_types;
};

struct allocate_info {
	int type;
	const void *next;
	uint64_t bytes;
	uint32_t memory_type;
};

/* VkMemoryGetFdInfoKHR */
struct get_fd_info {
	int type;
	const void *next;
	VkDeviceMemory memory;
	uint32_t handle_type;
};

/* name here, symbol, result, arguments: found without an instance, with one, with a device */
#define VULKAN_CREATE(F)                                                                           \
	F(create_instance, "vkCreateInstance", VkResult,                                           \
	  (const struct instance_create_info *, const void *, VkInstance *))
#define VULKAN_INSTANCE(F)                                                                         \
	F(destroy_instance, "vkDestroyInstance", void, (VkInstance, const void *))                 \
	F(enumerate, "vkEnumeratePhysicalDevices", VkResult,                                       \
	  (VkInstance, uint32_t *, VkPhysicalDevice *))                                            \
	F(properties, "vkGetPhysicalDeviceProperties2", void,                                      \
	  (VkPhysicalDevice, struct properties2 *))                                                \
	F(memory_properties, "vkGetPhysicalDeviceMemoryProperties", void,                          \
	  (VkPhysicalDevice, struct memory_properties *))                                          \
	F(create_device, "vkCreateDevice", VkResult,                                               \
	  (VkPhysicalDevice, const struct device_create_info *, const void *, VkDevice *))         \
	F(device_function, "vkGetDeviceProcAddr", VkFunction, (VkDevice, const char *))
#define VULKAN_DEVICE(F)                                                                           \
	F(destroy_device, "vkDestroyDevice", void, (VkDevice, const void *))                       \
	F(allocate, "vkAllocateMemory", VkResult,                                                  \
	  (VkDevice, const struct allocate_info *, const void *, VkDeviceMemory *))                \
	F(free, "vkFreeMemory", void, (VkDevice, VkDeviceMemory, const void *))                    \
	F(map, "vkMapMemory", VkResult,                                                            \
	  (VkDevice, VkDeviceMemory, uint64_t, uint64_t, uint32_t, void **))                       \
	F(get_fd, "vkGetMemoryFdKHR", VkResult, (VkDevice, const struct get_fd_info *, int *))

/* One opened Vulkan device: the same GPU as CUDA's. */
struct vulkan {
#define F(name, symbol, result, arguments) result(*name) arguments;
	VULKAN_CREATE(F)
	VULKAN_INSTANCE(F)
	VULKAN_DEVICE(F)
#undef F
	VkGetInstanceProcAddr function;
	VkInstance instance;
	VkPhysicalDevice physical;
	VkDevice device;
	uint32_t memory_type;
};

#define NO_HOST_MEMORY "there is no host memory left"

/* They throw what Vulkan said to `call`, or any other reason, and return NULL. */
napi_value throw_vulkan(napi_env env, const char *call, VkResult result);
napi_value throw_reason(napi_env env, const char *reason);
