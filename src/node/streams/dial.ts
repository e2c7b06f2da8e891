/**
 * Connections to the ports that containers listen on: for port-forward, proxies and probes. A port of a pod is a socket in a
 * folder of the cluster, which is made and removed here (how it is found: worker/pod-sockets.ts).
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join, sep } from "node:path";
import { isPodAddress } from "../../messages/index.ts";
import type { DatagramPlace } from "../../network/index.ts";
import {
  type Dialling,
  datagramFile,
  dialPod,
  encodeDatagramHead,
  listenAt,
  machinePortAt,
} from "../../worker/index.ts";

interface PodPort {
  readonly address: string;
  readonly port: number;
}

/** The ports of all pods of a cluster, for as long as one of its nodes uses them. */
export class PodPorts {
  /** What the paths of the sockets begin with. Whatever listens first makes the folder. */
  readonly prefix: string;
  readonly #isTaken: (port: number) => boolean;
  readonly #folder: string | undefined;
  /** Where what programs listen on has files, and what their names begin with. */
  readonly #files: { readonly folder: string; readonly start: string };
  /** Pods that have gone, and the removal that they wait for. */
  readonly #gone = new Set<string>();
  #removing: Promise<void> | undefined;
  #users = 0;

  /** @param isTaken whether the cluster itself listens on this port of the machine's 127.0.0.1, so that no pod can */
  constructor(isTaken: (port: number) => boolean = () => false) {
    this.#isTaken = isTaken;
    // Not of the cluster's own chance: two clusters may have the same seed.
    const name = `k4s-${randomBytes(6).toString("hex")}`;
    this.#folder = process.platform === "win32" ? undefined : join(tmpdir(), name);
    this.prefix = this.#folder === undefined ? `\\\\.\\pipe\\${name}-` : `${this.#folder}${sep}`;
    const some = datagramFile(this.prefix, "", 0, false);
    this.#files = { folder: dirname(some), start: basename(some).replace(/-0-udp$/, "") };
  }

  hold(): void {
    this.#users++;
  }

  /** The last one leaves nothing behind. */
  async release(): Promise<void> {
    this.#users--;
    if (this.#users === 0 && this.#folder !== undefined && existsSync(this.#folder))
      await rm(this.#folder, { recursive: true, force: true });
  }

  /**
   * A pod has gone: what programs of its that were killed have left goes, too. A file that tells of a UDP port would lead to whoever has that
   * port of the machine by then. Resolves before its address may be another pod's.
   */
  async forget(podIP: string): Promise<void> {
    if (!existsSync(this.#files.folder)) return;
    this.#gone.add(podIP);
    // Many pods may go at once.
    this.#removing ??= Promise.resolve().then(() => this.#removeFiles());
    await this.#removing;
  }

  async #removeFiles(): Promise<void> {
    const gone = new Set(this.#gone);
    this.#gone.clear();
    this.#removing = undefined;
    const { folder, start } = this.#files;
    for (const name of await readdir(folder).catch(noneThere)) {
      const [podIP = ""] = name.slice(start.length).split("-");
      if (name.startsWith(start) && gone.has(podIP)) await rm(join(folder, name), { force: true });
    }
  }

  /** Takes what pods connect to an address and a port, as if a pod had that address. Resolves to what ends it. */
  listen(address: string, port: number, take: (socket: Socket) => void): Promise<() => Promise<void>> {
    return listenAt(this.prefix, address, port, take);
  }

  /** Where datagrams to a UDP port of a pod are sent on this machine, or to another address. Undefined: nothing takes them. */
  datagramPort({ address, port }: PodPort): DatagramPlace | undefined {
    if (!isPodAddress(address)) return { host: address, port, head: () => new Uint8Array() };
    const machines = machinePortAt(datagramFile(this.prefix, address, port, false));
    if (machines === undefined) return undefined;
    const host = "127.0.0.1";
    return { host, port: machines, head: fromPort => encodeDatagramHead({ from: host, fromPort }) };
  }

  /** A duplex stream of bytes. Rejects as Node's connect does, or with the reason of the signal. */
  dial(podIP: string, port: number, dialling?: Dialling): Promise<Socket> {
    // A pod that does not listen yet is not to be taken for a node port of the same number, which may well lead to it.
    const taken = this.#isTaken(port) ? { isMachinesPort: false } : {};
    return dialPod(this.prefix, podIP, port, { ...dialling, ...taken });
  }
}

/** The cluster has stopped: its folder has gone with all that was in it. */
function noneThere(error: NodeJS.ErrnoException): readonly string[] {
  if (error.code === "ENOENT") return [];
  throw error;
}
