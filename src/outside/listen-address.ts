/** Where something is to listen, as people write it. */
export interface ListenAddress {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/** Of `HOST:PORT`, `[::1]:PORT` or a port alone, which is one of loopback. Undefined where it is none of these. */
export function listenAddress(listen: string | number): ListenAddress | undefined {
  const match = /^(?:(?:\[([\da-f:.]+)\]|([^:]*)):)?(\d{1,5})$/i.exec(String(listen));
  const port = Number(match?.[3]);
  return match && port <= 65_535 ? { host: match[1] || match[2] || "127.0.0.1", port } : undefined;
}
