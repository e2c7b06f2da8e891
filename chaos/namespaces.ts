/**
 * Places with a network of their own each, as machines have: a namespace of Linux, a pair of virtual cards and a bridge between all. A broken
 * link loses the packets of both directions in the kernel: neither side is told anything. Root may do so, where `ip` is there.
 */
import { execFileSync } from "node:child_process";
import type { Link, Network, Place } from "./network.ts";

/** Nobody's: the bridge gives a packet for it to all, and nobody takes it. */
const nobody = "02:00:00:00:00:01";

function ip(...args: readonly string[]): void {
  execFileSync("ip", args, { stdio: "pipe" });
}

export class Namespaces implements Network {
  readonly #places: Place[] = [];
  // Those of no other network on this machine, of this trial or another.
  readonly #bridge: string;
  readonly #subnet: string;

  /**
   * Throws where this machine or this user may not.
   * @param number of no other network of this process
   */
  constructor(number: number) {
    this.#bridge = `k4s${process.pid % 100_000}-${number}`;
    this.#subnet = `10.${200 + ((process.pid + number) % 50)}.${process.pid % 250}`;
    ip("link", "add", this.#bridge, "type", "bridge");
    process.on("exit", () => this.close());
    ip("addr", "add", `${this.#subnet}.1/24`, "dev", this.#bridge);
    ip("link", "set", this.#bridge, "up");
  }

  place(name: string): Place {
    const number = this.#places.length + 10;
    const namespace = `${this.#bridge}-${name}`;
    const [here, there] = [`${this.#bridge}.${number}`, "eth0"];
    const address = `${this.#subnet}.${number}`;
    ip("netns", "add", namespace);
    const place = { name, address, within: ["ip", "netns", "exec", namespace] };
    this.#places.push(place);
    ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", namespace);
    ip("link", "set", here, "master", this.#bridge, "up");
    ip("-n", namespace, "addr", "add", `${address}/24`, "dev", there);
    ip("-n", namespace, "link", "set", there, "up");
    ip("-n", namespace, "link", "set", "lo", "up");
    return place;
  }

  async link(from: Place, to: Place, port: number): Promise<Link> {
    const both = [
      [from, to],
      [to, from],
    ] as const;
    return {
      host: to.address,
      port,
      break: () => {
        for (const [one, other] of both)
          ip(
            "-n",
            namespaceOf(one),
            "neigh",
            "replace",
            other.address,
            "lladdr",
            nobody,
            "nud",
            "permanent",
            "dev",
            "eth0",
          );
      },
      mend: () => {
        for (const [one, other] of both)
          try {
            ip("-n", namespaceOf(one), "neigh", "del", other.address, "dev", "eth0");
          } catch {
            // Mended already: links of the same two places are one.
          }
      },
    };
  }

  /** Nobody else is there. */
  async freePort(): Promise<number> {
    return 20_000 + this.#ports++;
  }
  #ports = 0;

  close(): void {
    for (const place of this.#places.splice(0)) ip("netns", "del", namespaceOf(place));
    try {
      ip("link", "del", this.#bridge);
    } catch {
      // It is gone already.
    }
  }
}

function namespaceOf({ within }: Place): string {
  return within[3] ?? "";
}
