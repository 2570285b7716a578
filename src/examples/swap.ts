import { Eal, Mempool, PacketBurst, Port, swapMacs } from 'warpline';

Eal.start();
const pool = Mempool.create({ name: 'packets', mbufs: 8192, frameBytes: 2048 });
const devargs = 'net_pcap0,rx_pcap=data/sample.pcap,tx_pcap=out/example.pcap';
const port = Port.attach(devargs).configure(1, pool).start();
const burst = new PacketBurst(port, pool);

let sent = 0;
while (burst.receive() !== 0) {
  swapMacs(burst);
  sent += burst.send();
}
console.log(`${sent} frames with their MAC addresses exchanged lie in out/example.pcap`);
port.close();
pool.free();
Eal.stop();
