/**
 * The addresses of pods: 127.1.0.1 to 127.254.255.254. They are what pods are called, in the status, in DNS and to programs; none of
 * them is bound, for not every system can (src/worker/sockets/). The lowest networks are left alone: machines use them themselves.
 */
export const firstPodAddress = 127 * 2 ** 24 + 2 ** 16;
export const lastPodAddress = 127 * 2 ** 24 + 255 * 2 ** 16 - 1;
/** From here on they are of nodes in other processes, each of which has a range of its own; those before are shared by the nodes of one process. */
export const firstFarAddress = 127 * 2 ** 24 + 128 * 2 ** 16;

/** Whether this is an address that pods have, in dotted decimals. */
export function isPodAddress(address: string): boolean {
  const number = addressNumber(address);
  return number >= firstPodAddress && number <= lastPodAddress;
}

/** NaN for what is no IPv4 address. */
export function addressNumber(address: string): number {
  const parts = address.split(".");
  if (parts.length !== 4 || !parts.every(part => /^\d{1,3}$/.test(part) && Number(part) <= 255))
    return Number.NaN;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function addressText(number: number): string {
  return `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;
}
