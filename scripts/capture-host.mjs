// The programs on make-capture's hosts: the servers, and the clients that no package has.
//   serve CERT KEY           HTTP, HTTPS, TCP echo and UDP echo, IPv4 and IPv6
//   udp ADDRESS SIZE...      one datagram a size, each echoed before the next; A-B/STEP is a range
//   chat ADDRESS COUNT       small messages on one TCP connection, then a reset instead of a FIN
//   group GROUP IFACE COUNT  datagrams to a multicast group (or broadcast address) and its members
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { connect, createServer, isIPv6 } from 'node:net';

const ECHO_PORT = 7; // RFC 862
const GROUP_PORT = 9; // RFC 863, discard

// Text that repeats, so that the repository stores the capture small.
const text = (size) => Buffer.alloc(size, 'warpline sample body\n');

const kind = (address) => (isIPv6(address) ? 'udp6' : 'udp4');

function answer(request, response) {
  const size = Number(request.url.match(/^\/bytes\/(\d+)$/)?.[1] ?? Number.NaN);
  request.resume().on('end', () => {
    response.writeHead(Number.isNaN(size) ? 404 : 200, { 'Content-Type': 'text/plain' });
    response.end(Number.isNaN(size) ? 'no such body\n' : text(size));
  });
}

async function serve(cert, key) {
  const pair = { cert: readFileSync(cert), key: readFileSync(key) };
  const echo = createServer((socket) => {
    socket.setNoDelay(true).on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  await once(createHttp(answer).listen(80, '::'), 'listening');
  await once(createHttps(pair, answer).listen(443, '::'), 'listening');
  await once(echo.listen(ECHO_PORT, '::'), 'listening');
  for (const [type, any] of Object.entries({ udp4: '0.0.0.0', udp6: '::' })) {
    const socket = createSocket({ type, ipv6Only: type === 'udp6' });
    socket.on('message', (data, from) => socket.send(data, from.port, from.address));
    socket.bind(ECHO_PORT, any);
    await once(socket, 'listening');
  }
}

function* sizes(specs) {
  for (const spec of specs) {
    const [, from, to = from, step = 1] = spec.match(/^(\d+)(?:-(\d+)\/(\d+))?$/);
    for (let size = Number(from); size <= Number(to); size += Number(step)) yield size;
  }
}

async function udp(address, ...specs) {
  const socket = createSocket(kind(address));
  for (const size of sizes(specs)) {
    socket.send(text(size), ECHO_PORT, address);
    const [reply] = await once(socket, 'message', { signal: AbortSignal.timeout(5000) });
    if (reply.length !== size) throw new Error(`sent ${size} bytes, got ${reply.length}`);
  }
  socket.close();
}

async function chat(address, count) {
  const socket = connect({ host: address, port: ECHO_PORT, noDelay: true });
  await once(socket, 'connect');
  for (let i = 0; i < Number(count); i++) {
    const size = 1 + ((i * 37) % 211);
    socket.write(text(size));
    for (let got = 0; got < size; ) {
      const [data] = await once(socket, 'data', { signal: AbortSignal.timeout(5000) });
      got += data.length;
    }
  }
  socket.resetAndDestroy();
}

async function group(address, iface, count) {
  const socket = createSocket({ type: kind(address), reuseAddr: true });
  socket.bind(GROUP_PORT);
  await once(socket, 'listening');
  const broadcast = address.endsWith('.255');
  if (broadcast) socket.setBroadcast(true);
  else {
    socket.addMembership(address, iface);
    socket.setMulticastInterface(iface);
  }
  for (let i = 0; i < Number(count); i++) {
    socket.send(text(16 + i * 40), GROUP_PORT, address);
    await new Promise((done) => setTimeout(done, 40));
  }
  socket.close();
}

const [role, ...args] = process.argv.slice(2);
await { serve, udp, chat, group }[role](...args);
