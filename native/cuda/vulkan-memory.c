/*
 * Device memory mapped for the CPU, with no kernel module but the GPU's driver: Vulkan allocates
 * memory that is device-local and host-visible and maps it; CUDA imports the same memory (Vulkan
 * specification, VK_KHR_external_memory_fd; CUDA Driver API, external resource interoperability).
 */
#include <unistd.h>

#include "shim.h"
#include "vulkan.h"

struct piece {
	VkDeviceMemory memory;
	void *cpu;
	CUexternalMemory external;
	CUdeviceptr address;
};

/* Vulkan's part: memory, mapped, and a descriptor of it to be closed or given away. */
static VkResult allocate(struct vulkan *v, size_t bytes, struct piece *out, int *fd, const char **call)
{
	const struct export_info export = {
		.type = EXPORT_MEMORY_ALLOCATE_INFO, .handle_types = OPAQUE_FD,
	};
	const struct allocate_info allocate = {
		.type = MEMORY_ALLOCATE_INFO,
		.next = &export,
		.bytes = bytes,
		.memory_type = v->memory_type,
	};
	*call = "vkAllocateMemory";
	VkResult result = v->allocate(v->device, &allocate, NULL, &out->memory);
	if (result != VK_SUCCESS)
		return result;
	*call = "vkMapMemory";
	result = v->map(v->device, out->memory, 0, VK_WHOLE_SIZE, 0, &out->cpu);
	if (result == VK_SUCCESS) {
		const struct get_fd_info get = {
			.type = MEMORY_GET_FD_INFO, .memory = out->memory, .handle_type = OPAQUE_FD,
		};
		*call = "vkGetMemoryFdKHR";
		result = v->get_fd(v->device, &get, fd);
	}
	if (result != VK_SUCCESS)
		v->free(v->device, out->memory, NULL);
	return result;
}

/* CUDA's part: once imported, the descriptor is the driver's. */
static CUresult import(int fd, size_t bytes, struct piece *out, const char **call)
{
	const struct external_memory memory = {
		.type = EXTERNAL_OPAQUE_FD, .handle.fd = fd, .size = bytes,
	};
	*call = "cuImportExternalMemory";
	CUresult result = cuda.external_import(&out->external, &memory);
	if (result != CUDA_SUCCESS) {
		close(fd);
		return result;
	}
	const struct external_buffer buffer = { .size = bytes };
	*call = "cuExternalMemoryGetMappedBuffer";
	result = cuda.external_map(&out->address, out->external, &buffer);
	if (result != CUDA_SUCCESS)
		cuda.external_destroy(out->external);
	return result;
}

/* vulkanAllocate(handle, bytes) → { cpu, device, piece } */
static napi_value vulkan_allocate(napi_env env, napi_callback_info info)
{
	ARGS(2);
	struct vulkan *v = arg_handle(env, argv[0]);
	size_t bytes = arg_u64(env, argv[1]);
	struct piece *piece = malloc(sizeof(*piece));
	if (piece == NULL)
		return throw_reason(env, NO_HOST_MEMORY);
	const char *call;
	int fd;
	CUresult imported = CUDA_SUCCESS;
	VkResult result = allocate(v, bytes, piece, &fd, &call);
	if (result == VK_SUCCESS) {
		imported = import(fd, bytes, piece, &call);
		if (imported != CUDA_SUCCESS)
			v->free(v->device, piece->memory, NULL);
	}
	if (result != VK_SUCCESS || imported != CUDA_SUCCESS) {
		free(piece);
		return result != VK_SUCCESS ? throw_vulkan(env, call, result)
					    : throw_cuda(env, call, imported);
	}
	napi_value object;
	napi_create_object(env, &object);
	set(env, object, "cpu", handle(env, piece->cpu));
	set(env, object, "device", number(env, (double)piece->address));
	set(env, object, "piece", handle(env, piece));
	return object;
}

/* vulkanFree(handle, piece) → CUresult; the mapping goes with the memory */
static napi_value vulkan_free(napi_env env, napi_callback_info info)
{
	ARGS(2);
	struct vulkan *v = arg_handle(env, argv[0]);
	struct piece *piece = arg_handle(env, argv[1]);
	CUresult result = cuda.memory_free(piece->address);
	CUresult destroyed = cuda.external_destroy(piece->external);
	v->free(v->device, piece->memory, NULL);
	free(piece);
	return number(env, result != CUDA_SUCCESS ? result : destroyed);
}

const struct method vulkan_memory_methods[] = {
	{ "vulkanAllocate", vulkan_allocate },
	{ "vulkanFree", vulkan_free },
	{ NULL, NULL },
};
