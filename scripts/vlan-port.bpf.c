/* The access port of a VLAN switch, as two tc classifiers for make-capture: what a host sends
 * is tagged on its way in, what is not its VLAN's never leaves. The 8021q module would do as
 * well, but minimal and container kernels come without it; skb_vlan_push is in every kernel.
 *   VID   the 802.1Q tag (customer tag)
 *   SVID  the 802.1ad tag around it (service tag), 0 for none
 * Helpers and fields: bpf-helpers(7), struct __sk_buff in linux/bpf.h. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>

#define BE16(x) __builtin_bswap16(x)
#define VID_MASK 0x0fff

/* GCC's own way to name a helper: through a pointer, as clang's headers do, GCC 12 makes an
 * indirect call of the second use, which BPF has not (BPF Function Attributes, GCC manual). */
#define HELPER(id) __attribute__((kernel_helper(id)))
HELPER(BPF_FUNC_skb_vlan_push)
long vlan_push(struct __sk_buff *skb, unsigned short proto, unsigned short tci);
HELPER(BPF_FUNC_skb_vlan_pop)
long vlan_pop(struct __sk_buff *skb);

__attribute__((section("tc/tag"), used)) int tag(struct __sk_buff *skb) {
  if (vlan_push(skb, BE16(ETH_P_8021Q), VID)) return TC_ACT_SHOT;
  if (SVID && vlan_push(skb, BE16(ETH_P_8021AD), SVID)) return TC_ACT_SHOT;
  return TC_ACT_OK;
}

__attribute__((section("tc/untag"), used)) int untag(struct __sk_buff *skb) {
  if (!skb->vlan_present || (skb->vlan_tci & VID_MASK) != (SVID ? SVID : VID)) return TC_ACT_SHOT;
  if (SVID) {
    /* Popping the outer tag brings the inner one into vlan_tci. */
    if (vlan_pop(skb) || !skb->vlan_present || (skb->vlan_tci & VID_MASK) != VID)
      return TC_ACT_SHOT;
  }
  return vlan_pop(skb) ? TC_ACT_SHOT : TC_ACT_OK;
}
