/**
 * What is spoken between nodes far away and those who ask them, besides what every kubelet speaks: names of headers and of paths of ours. The
 * side that answers is in kubelet/.
 */

/** Why something was refused, as an ApiError has it; the message is the body. */
export const reasonHeader = "k4s-reason";
/** Why a connection to a port was not made, as Node calls it: ECONNREFUSED. */
export const codeHeader = "k4s-code";
/** Who connects to a pod: the address and port of a pod. */
export const fromHeader = "k4s-from";
/** Which of the nodes of a process is meant. */
export const nodeHeader = "k4s-node";
/** What containers use, by the uid of their pod: numbers that the documents of a kubelet have no place for. */
export const usagePath = "/k4s/usage";
/** Where it is told that connections are about to end, in both directions, for as long as both nodes have a connection (far-farewells.ts). */
export const farewellsPath = "/k4s/farewells";

/** Below it the folder driver of the machine is called (storage/machine-folders.ts). */
export const storagePath = "/k4s/storage/";

/** How one end of a connection shows who it is; PEM texts. */
export interface Credentials {
  readonly key: string;
  readonly cert: string;
  /** The authority of the cluster, which has signed the certificate of the other end. */
  readonly ca: string;
}

export function fromText(address: string, port: number): string {
  return `${address}:${port}`;
}

/** Undefined for what is none. */
export function fromIn(text: unknown): { readonly address: string; readonly port: number } | undefined {
  const [, address, digits] = /^(\d{1,3}(?:\.\d{1,3}){3}):(\d{1,5})$/.exec(String(text)) ?? [];
  const port = Number(digits);
  return address !== undefined && port < 65_536 ? { address, port } : undefined;
}
