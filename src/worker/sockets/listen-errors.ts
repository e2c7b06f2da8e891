/** The errors of servers that cannot listen, and of UDP sockets that cannot be bound, in Node's words. */
import { constants } from "node:os";

export function listenError(code: string, address: string, port: number, syscall = "listen"): Error {
  const errno = (constants.errno as Readonly<Record<string, number>>)[code];
  const texts: Readonly<Record<string, string>> = {
    EADDRINUSE: "address already in use",
    EADDRNOTAVAIL: "address not available",
  };
  return Object.assign(
    new Error(`${syscall} ${code}: ${texts[code] ?? "the port cannot be listened on"} ${address}:${port}`),
    {
      ...(errno !== undefined && { errno: -errno }),
      code,
      syscall,
      address,
      port,
    },
  );
}
