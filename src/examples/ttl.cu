/*
 * A packet function: decrements the TTL of IPv4 packets and mends the header's checksum, as
 * ttl-kernel.ts does on the software device.
 *
 *     bin/warpline l2fwd --in data/sample.pcap --out out/ttl.pcap --kernel src/examples/ttl.cu
 */
#include <warpline/packet.cuh>

__device__ void decrement_ttl(uint8_t *packet, uint32_t size)
{
	using namespace warpline;
	if (size < ETHERNET_BYTES + IPV4_BYTES || load16(packet + 12) != ETHERTYPE_IPV4)
		return;
	uint8_t *ip = packet + ETHERNET_BYTES;
	if (ip[8] == 0)
		return;
	const uint32_t before = load16(ip + 8);
	ip[8]--;
	store16(ip + 10, mend_checksum(load16(ip + 10), before, load16(ip + 8)));
}
