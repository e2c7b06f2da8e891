/**
 * Programs that show the pod's address, as its network interface would have it: `ip`, `ifconfig`; and `ping`, which finds out where a
 * name leads, and can send no packet: that needs a socket which Node has not.
 */

import type { ExecWorld } from "../../../worker/index.ts";
import { type Invocation, print } from "../../program.ts";

const loopback = "127.0.0.1";

/** `ip addr`, `ip route`, `ip link`; with `-4` and the like. */
export async function ip(
  { args, stdout, stderr }: Invocation,
  { sockets: { podIP } }: ExecWorld,
): Promise<number> {
  const [object = "addr", ...rest] = args.filter(arg => !arg.startsWith("-"));
  const of = "addr address a link l".split(" ").includes(object);
  const device = rest.find(word => !/^(show|list|ls|dev)$/.test(word));
  if (of) {
    const hasAddress = object.startsWith("a");
    if (device === undefined || device === "lo") await print(stdout, link(1, "lo", loopback, 8, hasAddress));
    if (device === undefined || device === "eth0")
      await print(stdout, link(2, "eth0", podIP, 24, hasAddress));
    return 0;
  }
  if (object.startsWith("r")) {
    const [network, gateway] = [`${podIP.replace(/\d+$/, "0")}/24`, podIP.replace(/\d+$/, "1")];
    await print(stdout, `default via ${gateway} dev eth0 \n${network} dev eth0 scope link  src ${podIP} \n`);
    return 0;
  }
  await print(stderr, `ip: "${object}" cannot be shown in this container: there is addr, link and route\n`);
  return 1;
}

function link(index: number, name: string, address: string, bits: number, hasAddress: boolean): string {
  const isLoopback = name === "lo";
  const flags = isLoopback ? "LOOPBACK,UP,LOWER_UP" : "BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN";
  const head = `${index}: ${name}${isLoopback ? "" : "@if2"}: <${flags}> mtu ${isLoopback ? 65536 : 1500} qdisc noqueue${isLoopback ? " state UNKNOWN qlen 1000" : " state UP"}`;
  const hardware = isLoopback
    ? "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00"
    : `    link/ether ${hardwareOf(address)} brd ff:ff:ff:ff:ff:ff`;
  const scope = isLoopback ? "scope host lo" : `brd ${address.replace(/\d+$/, "255")} scope global eth0`;
  const lines = [head, hardware];
  if (hasAddress)
    lines.push(`    inet ${address}/${bits} ${scope}`, "       valid_lft forever preferred_lft forever");
  return `${lines.join("\n")}\n`;
}

/** Made of the address, as container networks do. */
function hardwareOf(address: string): string {
  const bytes = address.split(".").map(byte => Number(byte).toString(16).padStart(2, "0"));
  return ["02", "42", ...bytes].join(":");
}

export async function ifconfig(
  { args, stdout, stderr }: Invocation,
  { sockets: { podIP } }: ExecWorld,
): Promise<number> {
  const [device] = args.filter(arg => !arg.startsWith("-"));
  const blocks: Readonly<Record<string, string>> = {
    eth0: [
      `eth0      Link encap:Ethernet  HWaddr ${hardwareOf(podIP).toUpperCase()}  `,
      `          inet addr:${podIP}  Bcast:${podIP.replace(/\d+$/, "255")}  Mask:255.255.255.0`,
      "          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n\n",
    ].join("\n"),
    lo: [
      "lo        Link encap:Local Loopback  ",
      `          inet addr:${loopback}  Mask:255.0.0.0`,
      "          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n\n",
    ].join("\n"),
  };
  if (device !== undefined && blocks[device] === undefined) {
    await print(stderr, `ifconfig: ${device}: error fetching interface information: Device not found\n`);
    return 1;
  }
  await print(stdout, device === undefined ? Object.values(blocks).join("") : (blocks[device] ?? ""));
  return 0;
}

export async function ping({ args, stdout, stderr }: Invocation, world: ExecWorld): Promise<number> {
  const host = args.at(-1) ?? "";
  const isAddress = /^\d+(\.\d+){3}$/.test(host);
  const found = isAddress ? undefined : await world.lookUp(host);
  const address = isAddress ? host : (found?.addresses[0] ?? (await outside(host)));
  if (address === undefined) {
    await print(stderr, `ping: bad address '${host}'\n`);
    return 1;
  }
  await print(stdout, `PING ${host} (${address}): 56 data bytes\n`);
  await print(stderr, "ping: permission denied: no packets of ICMP can be sent here; try wget or nc -z\n");
  return 1;
}

async function outside(host: string): Promise<string | undefined> {
  const { lookup } = await import("node:dns/promises");
  return lookup(host, 4).then(
    ({ address }) => address,
    () => undefined,
  );
}
