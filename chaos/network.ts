/**
 * What lies between the processes of a trial: places where they run, and links between them that can be broken. Two kinds: all on
 * loopback with a proxy of TCP as each link (here), which works everywhere; and places of their own by namespaces of Linux
 * (namespaces.ts), where a broken link loses packets in the kernel, as a pulled cable does.
 */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { type Failure, TcpProxy } from "./tcp-proxy.ts";

export interface Place {
  readonly name: string;
  readonly address: string;
  /** What a command is run by, so that it runs there. */
  readonly within: readonly string[];
}

export interface Link {
  /** Where the one finds the other. */
  readonly host: string;
  readonly port: number;
  break(how: Failure): void;
  mend(): void;
}

export interface Network {
  place(name: string): Place;
  /** By which one place reaches a port of another. Links of the same two places may break together. */
  link(from: Place, to: Place, port: number): Promise<Link>;
  /** A port there that nobody listens on. */
  freePort(place: Place): Promise<number>;
  close(): void;
}

export class ProxiedNetwork implements Network {
  readonly #proxies: TcpProxy[] = [];

  place(name: string): Place {
    return { name, address: "127.0.0.1", within: [] };
  }

  async link(_from: Place, to: Place, port: number): Promise<Link> {
    const proxy = await TcpProxy.listen({ host: to.address, port });
    this.#proxies.push(proxy);
    return {
      host: "127.0.0.1",
      port: proxy.port,
      break: how => proxy.break(how),
      mend: () => proxy.mend(),
    };
  }

  async freePort(): Promise<number> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    return port;
  }

  close(): void {
    for (const proxy of this.#proxies.splice(0)) proxy.close();
  }
}
