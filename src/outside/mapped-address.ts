/**
 * An IPv4 address in IPv6's form (`::ffff:10.0.0.1`, RFC 4291): so a socket of both families tells it, and so a client may write it.
 */

/** The IPv4 address of one that is mapped, whose last part may be hexadecimal, as in a URL; any other as it is. */
export function unmapped(address: string): string {
  if (!address.startsWith("::")) return address;
  const [, dotted, high, low] = form.exec(address) ?? [];
  if (dotted !== undefined) return dotted;
  if (high === undefined || low === undefined) return address;
  const bytes = [high, low]
    .map(text => Number.parseInt(text, 16))
    .flatMap(number => [number >> 8, number & 255]);
  return bytes.join(".");
}

const form = /^::ffff:(?:(\d+(?:\.\d+){3})|([\da-f]{1,4}):([\da-f]{1,4}))$/i;

export function mapped(ipv4: string): string {
  return `::ffff:${ipv4}`;
}
