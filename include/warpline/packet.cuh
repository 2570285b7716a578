/*
 * For packet functions:
 *
 *     #include <warpline/packet.cuh>
 *     __device__ void NAME(uint8_t *packet, uint32_t size)
 *
 * It is called once for each frame, by one thread, while other threads work on the other frames.
 * packet[0] is the first byte of the Ethernet header, and `size` counts the frame's first segment
 * alone: where it lies in one piece, all of it. It may change any of these bytes and nothing else;
 * what it writes is sent. The order of calls is not defined, blocks and threads are not its own: no
 * __syncthreads. Frames begin where their port put them: mostly, not always, at a multiple of 4.
 */
#ifndef WARPLINE_PACKET_CUH
#define WARPLINE_PACKET_CUH

#include <stddef.h>
#include <stdint.h>

namespace warpline {

/* Bytes of an Ethernet header without VLAN tags. */
enum { ETHERNET_BYTES = 14, IPV4_BYTES = 20 };
enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd, ETHERTYPE_VLAN = 0x8100 };

/* Numbers as the network has them, at any address. */
static __device__ __forceinline__ uint32_t load16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static __device__ __forceinline__ uint32_t load32(const uint8_t *at)
{
	return load16(at) << 16 | load16(at + 2);
}

static __device__ __forceinline__ void store16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static __device__ __forceinline__ void store32(uint8_t *at, uint32_t value)
{
	store16(at, value >> 16);
	store16(at + 2, value);
}

/* The Internet checksum in a header after one of its 16-bit words changed (RFC 1624, eqn. 3). */
static __device__ __forceinline__ uint32_t
mend_checksum(uint32_t checksum, uint32_t before, uint32_t after)
{
	uint32_t sum = (~checksum & 0xffff) + (~before & 0xffff) + (after & 0xffff);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

} /* namespace warpline */

#endif
